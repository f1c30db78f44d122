/** The error for a wrong request. Its message says which value is wrong and which values are possible. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}
