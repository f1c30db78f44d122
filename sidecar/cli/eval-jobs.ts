import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { WeightPrecision } from '../protocol';
import { UsageError } from './usage-error';

export interface EvalJobs {
  readonly jobs: number;
  /** The provider that was chosen for all processes. */
  readonly provider: string;
  readonly precision: WeightPrecision;
  /** Number of pictures wanted, over all decoders. */
  readonly wanted: number;
  readonly onProgress: (made: number, wanted: number) => void;
  /** Called while all processes wait for one of them to pack the weights. */
  readonly onPacking: (fraction: number) => void;
}

/**
 * Runs this same command in `jobs` processes, each with a share of the pictures (`--job K`). All of them compute the same
 * way. A process that fails ends the others. The pictures that were made stay on the disk.
 * @throws UsageError or Error with the message of the process that failed
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

/** Reads `made` from `{type: 'progress'}`, or `fraction` from `{type: 'packing'}`. */
function numberIn(message: unknown, field: 'made' | 'fraction'): number | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const value = (message as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'number' ? value : undefined;
}
