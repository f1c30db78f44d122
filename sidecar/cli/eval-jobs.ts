import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { UsageError } from './usage-error';

export interface EvalJobs {
  readonly jobs: number;
  /** What was chosen for all of them. */
  readonly provider: string;
  /** Pictures wanted in all, over all decoders. */
  readonly wanted: number;
  readonly onProgress: (made: number, wanted: number) => void;
}

/**
 * Runs this very command in `jobs` processes, each with a share of the pictures (`--job K`) and the same provider. One that fails ends the others; what
 * all have made is on the disk.
 * @throws UsageError or Error with what the process that failed said
 */
export async function runEvalJobs({ jobs, provider, wanted, onProgress }: EvalJobs): Promise<void> {
  const [, script, ...args] = process.argv;
  if (script === undefined) throw new Error('The command does not know its own script.');
  const made = new Array<number>(jobs).fill(0);
  const children = made.map((_, job) =>
    fork(script, [...args, '--provider', provider, '--job', String(job)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    }),
  );
  try {
    await Promise.all(
      children.map((child, job) => {
        child.on('message', (message) => {
          made[job] = madeIn(message) ?? made[job] ?? 0;
          onProgress(
            made.reduce((sum, each) => sum + each),
            wanted,
          );
        });
        return succeeded(child);
      }),
    );
  } finally {
    for (const child of children) child.kill();
  }
}

async function succeeded(child: ChildProcess): Promise<void> {
  let lastLine = '';
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.trim() !== '') lastLine = line.replace(/^zipar: /, '');
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 2) throw new UsageError(lastLine);
  if (code !== 0) throw new Error(lastLine || `A job of the evaluation ended with exit code ${code}.`);
}

/** Reads `{type: 'progress', made}`. */
function madeIn(message: unknown): number | undefined {
  const isProgress = typeof message === 'object' && message !== null && 'made' in message;
  return isProgress && typeof message.made === 'number' ? message.made : undefined;
}
