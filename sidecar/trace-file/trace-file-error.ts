import { SentenceError } from '../protocol/sentence';

/**
 * The error for a record that cannot be read or written. Its message is a sentence that says why, without the name of the file.
 */
export class TraceFileError extends SentenceError {
  override readonly name = 'TraceFileError';
}
