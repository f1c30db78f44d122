import type { Command } from 'commander';
import { ComparisonError } from '../comparison/comparison-error';
import { compareRuns, describeDivergence, type RunDifference } from '../comparison/run-difference';
import { inEnglish } from '../protocol/sentence';
import type { RunRecord } from '../trace-file/run-record';
import { readRecordedFile, type RecordedRun } from './recorded-file';
import { runLikelihoods, type RunLikelihoods } from './run-likelihoods';
import { UsageError } from './usage-error';

interface DiffOptions {
  readonly json: boolean;
  readonly model?: string;
  readonly likelihoods: boolean;
}

/** Adds `zipar diff`: it compares two runs cell by cell, from their files. Likelihoods need the model that made the runs. */
export function addDiffCommand(zipar: Command): void {
  zipar
    .command('diff')
    .description(
      'compare two runs of one model: where they part, what each could not see, and how likely each is in raster order',
    )
    .argument('<first>', 'a PNG or .zipar file that ZipAR Studio wrote')
    .argument('<second>', 'another one')
    .option('--model <folder|file|name>', 'the model of the runs, where it does not ship')
    .option('--no-likelihoods', 'compare the files alone: compute nothing with the model')
    .option(
      '--json',
      'print one JSON object: the cells that differ, agreement, the first divergence, and likelihoods',
      false,
    )
    .action(diff);
}

async function diff(first: string, second: string, options: DiffOptions): Promise<void> {
  const runs = [await readRecordedFile(first), await readRecordedFile(second)] as const;
  const records = [recordIn(runs[0]), recordIn(runs[1])] as const;
  const difference = differenceOf(...records);
  const likelihoods: RunLikelihoods = options.likelihoods
    ? await runLikelihoods(
        runs.map(({ file }, side) => ({ file, record: records[side === 0 ? 0 : 1] })),
        options.model,
      )
    : { missing: 'They were not asked for.' };
  const report = options.json
    ? JSON.stringify(jsonReport(runs, difference, likelihoods))
    : [textReport(runs, difference), ...(options.likelihoods ? [likelihoodText(likelihoods)] : [])].join(
        '\n',
      );
  process.stdout.write(`${report}\n`);
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

function jsonReport(
  runs: readonly RecordedRun[],
  difference: RunDifference,
  likelihoods: RunLikelihoods,
): object {
  const { first, meanLogProbability, ...counts } = difference;
  const nll = (i: number): readonly number[] | undefined =>
    'nll' in likelihoods ? likelihoods.nll[i] : undefined;
  return {
    runs: runs.map(({ file, summary: { decoder, decoderSettings, seed, steps } }, i) => ({
      ...{ file, decoder, decoderSettings, seed, steps },
      meanLogProbability: meanLogProbability[i] ?? null,
      meanNll: meanOf(nll(i)) ?? null,
      nll: nll(i) ?? null,
    })),
    ...counts,
    first: first ?? null,
    likelihoodsMissing: 'missing' in likelihoods ? likelihoods.missing : null,
  };
}

/** The sentence that says how likely the runs are under the raster model, or why that is not known. */
function likelihoodText(likelihoods: RunLikelihoods): string {
  if ('missing' in likelihoods)
    return `How likely the runs are in raster order is not known. ${likelihoods.missing}`;
  const means = likelihoods.nll.map((nll, i) => `run ${i + 1} ${(-(meanOf(nll) ?? NaN)).toFixed(3)}`);
  return `log-likelihood in raster order, nats a token: ${means.join(', ')}`;
}

function meanOf(values: readonly number[] | undefined): number | undefined {
  if (!values || values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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
          inEnglish(describeDivergence(first, [names[0] ?? '', names[1] ?? ''])),
          `agreement by row, %: ${agreementByRow.map(percent).join(' ')}`,
        ]
      : []),
  ].join('\n');
}
