import { fork } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { cleanEnvironment, type NodeRuntime } from './node-runtime';

export interface ZiparCommand {
  readonly runtime: NodeRuntime;
  /** Absolute path of the `zipar` command's script. */
  readonly script: string;
  /** Name of the subcommand and what it takes. */
  readonly arguments: readonly [name: string, ...rest: string[]];
  /** On top of the extension host's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the command tells while it runs. */
  readonly onMessage: (message: unknown) => void;
  /** Aborting ends the process; what it has written stays. */
  readonly signal: AbortSignal;
}

/** `zipar` ended without a result. The message is its own sentence. */
export class ZiparCommandError extends Error {
  override readonly name = 'ZiparCommandError';

  constructor(
    message: string,
    /** What was asked for is wrong, rather than that it failed. */
    readonly isUsage: boolean,
  ) {
    super(message);
  }
}

/**
 * Runs a `zipar` command in a process of its own.
 * @returns the last line of its output, or undefined when it was aborted
 * @throws ZiparCommandError
 */
export async function runZiparCommand(command: ZiparCommand): Promise<string | undefined> {
  const child = fork(command.script, [...command.arguments], {
    execPath: command.runtime.execPath,
    execArgv: [],
    cwd: path.dirname(command.script),
    env: { ...cleanEnvironment(process.env), ...command.runtime.env, ...command.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const abort = (): void => {
    child.kill();
  };
  command.signal.addEventListener('abort', abort);
  child.on('message', command.onMessage);
  const output = lastLineOf(child.stdout);
  const problem = lastLineOf(child.stderr);
  const code = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve(exitCode ?? undefined);
    });
  }).finally(() => {
    command.signal.removeEventListener('abort', abort);
  });
  if (code === 0) return output();
  if (command.signal.aborted) return undefined;
  const reason = problem().replace(/^zipar: /, '');
  const [name] = command.arguments;
  throw new ZiparCommandError(
    reason === '' ? `zipar ${name} ended with exit code ${code ?? 'unknown'}.` : reason,
    code === 2,
  );
}

/** Reads a stream to its end; what is returned tells the last line so far that is not blank. */
function lastLineOf(stream: NodeJS.ReadableStream | null): () => string {
  let last = '';
  if (stream)
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() !== '') last = line;
    });
  return () => last;
}
