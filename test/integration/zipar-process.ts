import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

/** The result of a finished `zipar` command. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Variables in addition to this process's own. An undefined value removes the variable. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Content of the standard input; empty if undefined. */
  readonly input?: Uint8Array;
  /** User id and group id under which it runs. Only root may choose them. */
  readonly user?: number;
  /** The script of another build than the checkout's own. */
  readonly script?: string;
  readonly onStarted?: (child: ChildProcess) => void;
  /** Called with each message that the command sends to its parent process. */
  readonly onMessage?: (message: unknown) => void;
}

const ZIPAR = path.join(__dirname, '../../dist/zipar.js');

/** Runs the built `zipar` command in `folder`, as a user would, until it ends. */
export function runZipar(
  folder: string,
  args: readonly string[],
  { environment, input, user, script = ZIPAR, onStarted, onMessage }: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: folder,
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe', ...(onMessage ? (['ipc'] as const) : [])],
      env: { ...process.env, ...environment },
      ...(user !== undefined && { uid: user, gid: user }),
    });
    child.stdin?.on('error', () => undefined).end(input); // the command may refuse before it has read
    if (onMessage) child.on('message', onMessage);
    onStarted?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
