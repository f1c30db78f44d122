import type { Command } from 'commander';
import { enginePaths } from '../engine-paths';
import type { ExecutionRequest } from '../engine/execution-choice';
import type { RunnableModel } from '../engine/inference-thread';
import { ModelLibrary } from '../engine/model-library';
import { checkGuidance, encodeCondition } from '../engine/run-plan';
import { scoreTokens } from '../engine/score-tokens';
import { transformerOf, type ModelFolder } from '../model/model-folder';
import { writeSafetensors } from '../model/weights/write-safetensors';
import type { WeightPrecision } from '../protocol';
import {
  addConditionOptions,
  conditionOf,
  promptParts,
  wishesOf,
  type ConditionOptions,
} from './condition-options';
import { decimal, precisionOption, providerFailureOption, providerOption } from './option-values';
import { checkOutputFile, writeNamed } from './output-file';
import { packingOnTerminal } from './packing-progress';
import { ProgressBar } from './progress-bar';
import { checkTokens, readTokensFile, type GivenTokens } from './tokens-file';
import { asUsageError, UsageError } from './usage-error';
import { withExecution } from './with-execution';
import { inEnglish } from '../protocol/sentence';

interface ScoreOptions extends ConditionOptions, ExecutionRequest {
  readonly tokens: string;
  readonly logits?: string;
  readonly cfg: number;
  readonly json?: boolean;
}

/** Adds `zipar score`: it computes how likely given tokens are under a model, decoded in raster order. */
export function addScoreCommand(zipar: Command): void {
  addConditionOptions(
    zipar.command('score').description('how likely given tokens are: nats a token, in raster order'),
  )
    .requiredOption(
      '--tokens <file.json>',
      'a list of tokens, or an object with "tokens"; - reads standard input',
    )
    .option('--logits <file.safetensors>', 'also write the logits [tokens, vocab]')
    .option('--cfg <x>', 'classifier-free guidance scale on the logits; 1 = none', decimal, 1)
    .addOption(providerOption())
    .addOption(providerFailureOption())
    .addOption(precisionOption())
    .option('--json', 'print one JSON object on the last line of stdout')
    .action(score);
}

/** The result of the computation. */
interface Scores {
  /** Negative log-likelihoods in nats, in raster order. */
  readonly nll: readonly number[];
  /** [tokens, vocab] in pieces, if the options ask for logits. */
  readonly logits: readonly Float32Array[];
  readonly passes: number;
  readonly scoreMs: number;
}

async function score(prompt: string | undefined, options: ScoreOptions): Promise<void> {
  try {
    const condition = await conditionOf(prompt, options);
    checkGuidance(options.cfg);
    if (options.logits !== undefined) await checkOutputFile('--logits', options.logits, '.safetensors');
    const given = await readTokensFile(options.tokens);
    const model = await new ModelLibrary(enginePaths().models).find(options.model, wishesOf(options));
    const tokens = checkAgainstModel(given, model);
    const encoded = await encodeCondition({ condition, ...promptParts(options) }, model);
    for (const notice of [...given.notices, ...encoded.notices])
      process.stderr.write(`${inEnglish(notice)}\n`);
    const { result: scores, execution } = await withExecution(
      model,
      options,
      async (loaded, { precision }) => {
        const { input, notices } = await loaded.preparePrompt(encoded.input);
        for (const notice of notices) process.stderr.write(`${inEnglish(notice)}\n`);
        const start = performance.now();
        await loaded.transformer(packingOnTerminal(precision));
        const loadMs = performance.now() - start;
        const request = { prompt: input, guidance: options.cfg, tokens };
        return { loadMs, ...(await scoreAll(loaded, request, options.logits !== undefined)) };
      },
    );
    let written: string | undefined;
    if (options.logits !== undefined) {
      const shape = [tokens.length, transformerOf(model).codes];
      const logits = { name: 'logits', shape, data: scores.logits };
      written = await writeNamed(options.logits, (file) => writeSafetensors(file, [logits]));
    }
    const report = reportOf(scores, model, execution, options.cfg, written);
    process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : textReport(report));
  } catch (error) {
    throw asUsageError(error);
  }
}

function checkAgainstModel(given: GivenTokens, model: ModelFolder): Int32Array {
  const [height, width] = model.grid;
  const { codes } = transformerOf(model);
  if (given.grid && (given.grid.height !== height || given.grid.width !== width)) {
    throw new UsageError(
      `${given.file} is of a grid of ${given.grid.height}x${given.grid.width}; ${model.name} has ${height}x${width}.`,
    );
  }
  return checkTokens(given, { height, width }, codes);
}

async function scoreAll(
  model: Pick<RunnableModel, 'forward'>,
  request: Parameters<typeof scoreTokens>[1],
  keepLogits: boolean,
): Promise<Scores> {
  const start = performance.now();
  const nll: number[] = [];
  const logits: Float32Array[] = [];
  let passes = 0;
  const bar = new ProgressBar();
  try {
    for await (const pass of scoreTokens(model, request)) {
      passes++;
      nll.push(...pass.nll);
      if (keepLogits) logits.push(...pass.logits.map((row) => row.slice()));
      bar.update(nll.length, request.tokens.length, 'tokens');
    }
  } finally {
    bar.clear();
  }
  return { nll, logits, passes, scoreMs: performance.now() - start };
}

/** The report of `--json`. Negative log-likelihoods are in nats, times in milliseconds. */
interface ScoreReport {
  readonly model: string;
  readonly provider: string;
  readonly precision: WeightPrecision;
  readonly guidance: number;
  readonly grid: readonly [number, number];
  readonly passes: number;
  readonly meanNll: number;
  readonly nll: readonly number[];
  readonly timings: { readonly loadMs: number; readonly scoreMs: number };
  readonly logits: string | null;
}

function reportOf(
  { nll, passes, loadMs, scoreMs }: Scores & { readonly loadMs: number },
  { name, grid }: ModelFolder,
  { provider, precision }: Pick<ScoreReport, 'provider' | 'precision'>,
  guidance: number,
  logits: string | undefined,
): ScoreReport {
  return {
    model: name,
    provider,
    precision,
    guidance,
    grid,
    passes,
    meanNll: nll.reduce((sum, value) => sum + value, 0) / nll.length,
    nll,
    timings: { loadMs: Math.round(loadMs), scoreMs: Math.round(scoreMs) },
    logits: logits ?? null,
  };
}

/** The mean, then the value of each token, in the rows of the grid. */
function textReport({ meanNll, nll, grid: [height, width], passes, model, logits }: ScoreReport): string {
  const rows = Array.from({ length: height }, (_, row) =>
    nll
      .slice(row * width, (row + 1) * width)
      .map((value) => value.toFixed(3).padStart(7))
      .join(' '),
  );
  const head = `${meanNll.toFixed(6)} nats a token (${nll.length} tokens in ${passes} steps, model ${model})`;
  return `${[head, ...rows, ...(logits === null ? [] : [logits])].join('\n')}\n`;
}
