import { SentenceError } from '../protocol/sentence';

/** A model folder, or a request to a model, that the user must mend. The message says what is wrong, where, and what to do. */
export class ModelError extends SentenceError {
  override readonly name = 'ModelError';
}
