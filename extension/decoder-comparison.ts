import { fork } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { PRECISIONS, type WeightPrecision } from '../sidecar/protocol';
import { cleanEnvironment, type NodeRuntime } from './node-runtime';

export interface ComparisonStart {
  readonly runtime: NodeRuntime;
  /** Absolute path of the `zipar` command's script. */
  readonly script: string;
  /** Of `zipar eval`. */
  readonly arguments: readonly string[];
  readonly onProgress: (made: number, wanted: number) => void;
  /** Weights are packed before the first picture, where they are not stored in the precision asked for. */
  readonly onPacking: (precision: WeightPrecision, fraction: number) => void;
  /** Aborting ends the process; what it has made stays in its folder. */
  readonly signal: AbortSignal;
}

/** `zipar eval` ended without a report. The message is its own sentence. */
export class ComparisonError extends Error {
  override readonly name = 'ComparisonError';

  constructor(
    message: string,
    /** What was asked for is wrong, rather than that it failed. */
    readonly isUsage: boolean,
  ) {
    super(message);
  }
}

/**
 * Runs `zipar eval` in a process of its own. Resolves when its report is written, false when it was aborted.
 * @throws ComparisonError
 */
export async function runComparison(start: ComparisonStart): Promise<boolean> {
  const child = fork(start.script, [...start.arguments], {
    execPath: start.runtime.execPath,
    execArgv: [],
    cwd: path.dirname(start.script),
    env: { ...cleanEnvironment(process.env), ...start.runtime.env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const abort = (): void => {
    child.kill();
  };
  start.signal.addEventListener('abort', abort);
  child.on('message', (message) => {
    const progress = progressFrom(message);
    if (progress) start.onProgress(progress.made, progress.wanted);
    const packing = packingFrom(message);
    if (packing) start.onPacking(packing.precision, packing.fraction);
  });
  let lastLine = '';
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.trim() !== '') lastLine = line;
    });
  const code = await new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve(exitCode ?? undefined);
    });
  }).finally(() => {
    start.signal.removeEventListener('abort', abort);
  });
  if (code === 0) return true;
  if (start.signal.aborted) return false;
  const reason = lastLine.replace(/^zipar: /, '');
  throw new ComparisonError(
    reason === '' ? `zipar eval ended with exit code ${code ?? 'unknown'}.` : reason,
    code === 2,
  );
}

/** Reads `{type: 'progress', made, wanted}`. */
export function progressFrom(message: unknown): { made: number; wanted: number } | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('type' in message) || message.type !== 'progress') return undefined;
  if (!('made' in message) || !('wanted' in message)) return undefined;
  const { made, wanted } = message;
  if (typeof made !== 'number' || typeof wanted !== 'number' || !(wanted > 0)) return undefined;
  return { made, wanted };
}

/** Reads `{type: 'packing', precision, fraction}`. */
function packingFrom(message: unknown): { precision: WeightPrecision; fraction: number } | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('type' in message) || message.type !== 'packing') return undefined;
  if (!('precision' in message) || !('fraction' in message)) return undefined;
  const { fraction } = message;
  const precision = PRECISIONS.find((known) => known === message.precision);
  if (precision === undefined || precision === 'auto') return undefined;
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1)) return undefined;
  return { precision, fraction };
}
