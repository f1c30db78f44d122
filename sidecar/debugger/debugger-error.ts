/** Something that the debugger of a run cannot do. The message is one sentence: what is wrong, and what to do. */
export class DebuggerError extends Error {
  override readonly name = 'DebuggerError';
}
