import { spawnSync } from 'node:child_process';
import type { BenchmarkReport } from '../../sidecar/benchmark/benchmark-report';

/** Largest output of the command, in bytes. */
const MAX_OUTPUT = 16 << 20;

/**
 * Runs the built `zipar bench`. Its messages during the run go to stderr.
 * @param cache folder for packed weights
 * @returns the printed tables, and the figures
 */
export function ziparBench(
  args: readonly string[],
  cache: string,
): { readonly text: string; readonly report: BenchmarkReport } {
  const { stdout, status } = spawnSync(process.execPath, ['dist/zipar.js', 'bench', ...args, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ZIPAR_CACHE: cache },
    maxBuffer: MAX_OUTPUT,
  });
  if (status !== 0) throw new Error(`zipar bench ended with exit code ${status ?? 'unknown'}.`);
  const lines = stdout.trimEnd().split('\n');
  return { report: JSON.parse(lines.at(-1) ?? '') as BenchmarkReport, text: lines.slice(0, -1).join('\n') };
}
