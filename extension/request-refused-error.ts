import type { ErrorCode, ProtocolError } from '../sidecar/protocol';

/** The sidecar understood the request and refused it. The message is one sentence for the user. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
  readonly code: ErrorCode;

  constructor(error: ProtocolError) {
    super(error.message);
    this.code = error.code;
  }
}
