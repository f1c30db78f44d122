/** Something that the debugger of a run cannot do. The message is one sentence: what is wrong, and what to do. */
export class DebuggerError extends Error {
  override readonly name = 'DebuggerError';
}

/** The sentence of a failure, as the debug view shows it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
