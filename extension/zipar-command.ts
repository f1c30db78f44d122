import { fork } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { childEnvironment, type NodeRuntime } from './node-runtime';
import { SentenceError, sentence, type Said, type Sentence } from '../sidecar/protocol';

export interface ZiparCommand {
  readonly runtime: NodeRuntime;
  /** Absolute path of the `zipar` command's script. */
  readonly script: string;
  /** Name of the subcommand, and its arguments. */
  readonly arguments: readonly [name: string, ...rest: string[]];
  /** Variables in addition to the extension host's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each message that the command sends while it runs. */
  readonly onMessage: (message: unknown) => void;
  /** Aborting ends the process. Files that it has written stay. */
  readonly signal: AbortSignal;
}

/** `zipar` ended without a result. The message is the sentence that the command printed. */
export class ZiparCommandError extends SentenceError {
  override readonly name = 'ZiparCommandError';

  constructor(
    said: Said,
    /** Whether the arguments were wrong. Otherwise the work failed. */
    readonly isUsage: boolean,
  ) {
    super(said);
  }
}

/**
 * Runs a `zipar` command in a separate process.
 * @returns the last line of its output, or undefined when it was aborted
 * @throws ZiparCommandError
 */
export async function runZiparCommand(command: ZiparCommand): Promise<string | undefined> {
  // A signal that was aborted while Node.js was looked for sends no further event.
  if (isAborted(command.signal)) return undefined;
  const child = fork(command.script, [...command.arguments], {
    execPath: command.runtime.execPath,
    execArgv: [],
    cwd: path.dirname(command.script),
    env: { ...childEnvironment(process.env), ...command.runtime.env, ...command.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const abort = (): void => {
    child.kill();
  };
  command.signal.addEventListener('abort', abort);
  child.on('message', command.onMessage);
  const output = lastLineOf(child.stdout);
  const problem = lastLineOf(child.stderr);
  const [name] = command.arguments;
  const { code, how } = await new Promise<{ code: number | null; how: Sentence }>((resolve, reject) => {
    child.once('error', (error) => {
      reject(new ZiparCommandError(sentence`zipar ${name} could not be started: ${error.message}`, false));
    });
    child.once('close', (exitCode, signal) => {
      const ending =
        signal === null
          ? sentence`zipar ${name} ended with exit code ${exitCode ?? 'unknown'}.`
          : sentence`zipar ${name} was ended by ${signal}.`;
      resolve({ code: exitCode, how: ending });
    });
  }).finally(() => {
    command.signal.removeEventListener('abort', abort);
  });
  if (code === 0) return output();
  if (isAborted(command.signal)) return undefined;
  const reason = problem().replace(/^zipar: /, '');
  throw new ZiparCommandError(reason === '' ? how : reason, code === 2);
}

/** Reads a stream to its end. The returned function gives the last line so far that is not blank. */
function lastLineOf(stream: NodeJS.ReadableStream | null): () => string {
  let last = '';
  if (stream)
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() !== '') last = line;
    });
  return () => last;
}

/** Whether a signal is aborted. It is a function because the value changes during awaits. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
