import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';

/** How a `zipar` command ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** On top of this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly onStarted?: (child: ChildProcess) => void;
  /** What the command says to the process that started it. */
  readonly onMessage?: (message: unknown) => void;
}

/** Runs the built `zipar` command in `folder`, as a user would, to its end. */
export function runZipar(
  folder: string,
  args: readonly string[],
  { environment, onStarted, onMessage }: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(__dirname, '../../dist/zipar.js'), ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe', ...(onMessage ? (['ipc'] as const) : [])],
      env: { ...process.env, ...environment },
    });
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
