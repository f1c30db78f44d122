import type { ErrorCode, ProtocolError, Said } from '../sidecar/protocol';

/** The sidecar understood the request and refused it. The message is in English; `errorMessage` says it to the user. */
export class RequestRefusedError extends Error {
  override readonly name = 'RequestRefusedError';
  readonly code: ErrorCode;
  readonly sentence: Said;

  constructor(error: ProtocolError) {
    super(error.message);
    this.code = error.code;
    this.sentence = error.sentence ?? error.message;
  }
}
