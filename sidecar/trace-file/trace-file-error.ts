/** A trace that cannot be read or written. The message says why, in one sentence, without the file's name. */
export class TraceFileError extends Error {
  override readonly name = 'TraceFileError';
}
