import { SentenceError } from '../protocol/sentence';

/** Something that the debugger of a run cannot do. The message is one sentence: what is wrong, and what to do. */
export class DebuggerError extends SentenceError {
  override readonly name = 'DebuggerError';
}
