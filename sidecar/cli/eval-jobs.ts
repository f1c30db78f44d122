import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { WeightPrecision } from '../protocol';
import { UsageError } from './usage-error';

export interface EvalJobs {
  readonly jobs: number;
  /** What was chosen for all of them. */
  readonly provider: string;
  readonly precision: WeightPrecision;
  /** Pictures wanted in all, over all decoders. */
  readonly wanted: number;
  readonly onProgress: (made: number, wanted: number) => void;
  /** All wait for the weights to be packed, which one of them does. */
  readonly onPacking: (fraction: number) => void;
}

/**
 * Runs this very command in `jobs` processes, each with a share of the pictures (`--job K`) and computing the same way. One
 * that fails ends the others; what all have made is on the disk.
 * @throws UsageError or Error with what the process that failed said
 */
export async function runEvalJobs({
  jobs,
  wanted,
  onProgress,
  onPacking,
  ...chosen
}: EvalJobs): Promise<void> {
  const [, script, ...args] = process.argv;
  if (script === undefined) throw new Error('The command does not know its own script.');
  const made = new Array<number>(jobs).fill(0);
  const children = made.map((_, job) =>
    fork(
      script,
      [...args, '--provider', chosen.provider, '--precision', chosen.precision, '--job', String(job)],
      { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    ),
  );
  try {
    await Promise.all(
      children.map((child, job) => {
        child.on('message', (message) => {
          const packed = numberIn(message, 'fraction');
          if (packed !== undefined) onPacking(packed);
          const ownMade = numberIn(message, 'made');
          if (ownMade === undefined) return;
          made[job] = ownMade;
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

/** Reads the `made` of `{type: 'progress'}`, or the `fraction` of `{type: 'packing'}`. */
function numberIn(message: unknown, field: 'made' | 'fraction'): number | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const value = (message as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'number' ? value : undefined;
}
