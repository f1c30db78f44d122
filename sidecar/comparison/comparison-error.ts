import { SentenceError } from '../protocol/sentence';

/** Two runs that cannot be compared. The message names what differs, and what to do. */
export class ComparisonError extends SentenceError {
  override readonly name = 'ComparisonError';
}
