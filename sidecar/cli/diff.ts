import type { Command } from 'commander';
import { ComparisonError } from '../comparison/comparison-error';
import { compareRuns, describeDivergence, type RunDifference } from '../comparison/run-difference';
import type { RunRecord } from '../trace-file/run-record';
import { readRecordedFile, type RecordedRun } from './recorded-file';
import { UsageError } from './usage-error';

/** Adds `zipar diff`: it compares two runs cell by cell, from their files alone. */
export function addDiffCommand(zipar: Command): void {
  zipar
    .command('diff')
    .description(
      'compare two runs of one model, from their files: where they part, and what each could not see',
    )
    .argument('<first>', 'a PNG or .zipar file that ZipAR Studio wrote')
    .argument('<second>', 'another one')
    .option(
      '--json',
      'print one JSON object: the cells that differ, agreement, and the first divergence',
      false,
    )
    .action(async (first: string, second: string, { json }: { readonly json: boolean }) => {
      const runs = [await readRecordedFile(first), await readRecordedFile(second)] as const;
      const difference = differenceOf(recordIn(runs[0]), recordIn(runs[1]));
      const report = json ? JSON.stringify(jsonReport(runs, difference)) : textReport(runs, difference);
      process.stdout.write(`${report}\n`);
    });
}

/** @throws UsageError when the file holds no trace */
function recordIn({ file, record }: RecordedRun): RunRecord {
  if (record) return record;
  throw new UsageError(
    `${file} has no trace, so its cells are not known; make the picture again with this version, or name its .zipar file.`,
  );
}

/** @throws UsageError when the runs cannot be compared */
function differenceOf(first: RunRecord, second: RunRecord): RunDifference {
  try {
    return compareRuns(first, second);
  } catch (error) {
    if (error instanceof ComparisonError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function jsonReport(runs: readonly RecordedRun[], difference: RunDifference): object {
  const { first, meanLogProbability, ...counts } = difference;
  return {
    runs: runs.map(({ file, summary: { decoder, decoderSettings, seed, steps } }, i) => ({
      ...{ file, decoder, decoderSettings, seed, steps },
      meanLogProbability: meanLogProbability[i] ?? null,
    })),
    ...counts,
    first: first ?? null,
  };
}

function textReport(
  runs: readonly RecordedRun[],
  { compared, differing, agreement, agreementByRow, first, meanLogProbability }: RunDifference,
): string {
  const names = runs.map(({ summary }, i) => `run ${i + 1} (${summary.decoder})`);
  const described = runs.map(({ file, summary }, i) => {
    const nats = meanLogProbability[i];
    const likelihood = nats === undefined ? '' : `, ${nats.toFixed(3)} nats a token`;
    return `run ${i + 1}: ${file}, ${summary.decoder}, seed ${summary.seed}, ${summary.steps} steps${likelihood}`;
  });
  // Rounded down: only equal runs agree in 100.0 %.
  const percent = (share: number): string => (Math.floor(share * 1000) / 10).toFixed(1);
  return [
    ...described,
    `${differing.length} of ${compared} cells differ; ${percent(agreement)} % agree`,
    ...(first
      ? [
          describeDivergence(first, [names[0] ?? '', names[1] ?? '']),
          `agreement by row, %: ${agreementByRow.map(percent).join(' ')}`,
        ]
      : []),
  ].join('\n');
}
