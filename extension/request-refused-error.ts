import type { ErrorCode, ProtocolError } from '../sidecar/protocol';

/** The sidecar understood the request and said no. Its message is one sentence, written for the user. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
  readonly code: ErrorCode;

  constructor(error: ProtocolError) {
    super(error.message);
    this.code = error.code;
  }
}
