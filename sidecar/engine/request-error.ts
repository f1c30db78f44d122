/** A request that cannot be met as it stands; the message says which value is wrong and what would do. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}
