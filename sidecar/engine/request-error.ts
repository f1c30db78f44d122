import { SentenceError } from '../protocol/sentence';

/** The error for a wrong request. Its message says which value is wrong and which values are possible. */
export class RequestError extends SentenceError {
  override readonly name = 'RequestError';
}
