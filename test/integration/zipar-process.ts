import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

/** How a `zipar` command ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** On top of this process's own; what is undefined is left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What it reads as standard input; nothing when absent. */
  readonly input?: Uint8Array;
  /** User and group it runs as, which only root may choose. */
  readonly user?: number;
  /** Another build than the checkout's own. */
  readonly script?: string;
  readonly onStarted?: (child: ChildProcess) => void;
  /** What the command says to the process that started it. */
  readonly onMessage?: (message: unknown) => void;
}

const ZIPAR = path.join(__dirname, '../../dist/zipar.js');

/** Runs the built `zipar` command in `folder`, as a user would, to its end. */
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
    child.stdin?.on('error', () => undefined).end(input); // it may refuse before it has read
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
