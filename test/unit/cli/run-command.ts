import { Command, CommanderError } from 'commander';
import { vi } from 'vitest';

/** What a command printed, and the error that it ended with. */
export interface CommandOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: unknown;
}

/**
 * Runs a command of `zipar` in this process, as `zipar.ts` does. The channel to the parent stays open, although a command closes
 * it at its end: the parent is the program that runs the tests.
 * @param add adds the command
 */
export async function runCommand(
  add: (zipar: Command) => void,
  args: readonly string[],
): Promise<CommandOutcome> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  const disconnect = vi.spyOn(process, 'disconnect').mockImplementation(() => undefined);
  let error: unknown;
  try {
    const zipar = new Command('zipar').exitOverride().configureOutput({ outputError: () => undefined });
    add(zipar);
    await zipar.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    error = thrown;
  } finally {
    for (const spy of spies) spy.mockRestore();
    disconnect.mockRestore();
  }
  return { ...written, error };
}

/** Whether an error is one that the user can mend: exit code 2. */
export function isUsage(error: unknown): boolean {
  return error instanceof CommanderError || (error instanceof Error && error.name === 'UsageError');
}
