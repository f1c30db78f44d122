import { Option, type Command } from 'commander';
import { describeDecoders } from '../decoding/decoder-table';
import { describeRun } from '../engine/describe-run';
import { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-messages';
import type { Run } from '../engine/run';
import { enginePaths } from '../engine-paths';
import { writeWholeFile } from '../files/write-whole-file';
import { generationText } from '../image/generation-metadata';
import { encodePng } from '../image/png';
import {
  savedPercent,
  type Condition,
  type GenerateRequest,
  type Precision,
  type Provider,
  type ProviderFailurePolicy,
} from '../protocol';
import { addConditionOptions, conditionOf, type ConditionOptions } from './condition-options';
import { addSettingOptions, settingsFrom, type DecoderOptionValues } from './decoder-options';
import { decimal, integer, precisionOption, providerFailureOption, providerOption } from './option-values';
import {
  checkDefaultFolder,
  checkOutputFile,
  writeDefaultFile,
  writeNamed,
  writeOrKeep,
} from './output-file';
import { showPacking } from './packing-progress';
import { ProgressBar } from './progress-bar';
import { asUsageError } from './usage-error';

/** The options, and beside them one for each setting of a decoder. */
interface GenerateOptions extends ConditionOptions {
  readonly decoder?: string;
  readonly seed?: number;
  readonly cfg?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly greedy?: boolean;
  readonly provider?: Provider;
  readonly onProviderFailure?: ProviderFailurePolicy;
  readonly precision?: Precision;
  readonly out?: string;
  readonly tokensOnly?: boolean;
  readonly json?: boolean;
}

/** Adds `zipar generate`: it makes one picture, or its tokens. */
export function addGenerateCommand(zipar: Command): void {
  const decoders = describeDecoders();
  const command = addConditionOptions(zipar.command('generate').description('make a picture')).addOption(
    new Option('--decoder <name>', 'order of decoding').choices(decoders.map(({ name }) => name)),
  );
  addSettingOptions(command, decoders)
    .option('--seed <n>', 'same seed, same picture; random when absent', integer(0, 2 ** 32 - 1))
    .option('--cfg <x>', 'classifier-free guidance scale; 1 = none', decimal)
    .option('--temperature <t>', 'divides the logits', decimal)
    .option('--top-k <n>', 'draw from the k likeliest tokens; 0 = all', integer(0, 1 << 22))
    .option('--top-p <p>', 'draw from the fewest tokens whose probabilities reach p', decimal)
    .option('--greedy', 'take the likeliest token each time')
    .addOption(providerOption())
    .addOption(providerFailureOption())
    .addOption(precisionOption())
    .option('--out <file.png>', 'where the picture goes')
    .option('--tokens-only', 'no picture')
    .option('--json', 'print one JSON object on the last line of stdout')
    .action(generate);
}

async function generate(
  prompt: string | undefined,
  options: GenerateOptions & DecoderOptionValues,
): Promise<void> {
  if (options.out !== undefined) await checkOutputFile('--out', options.out, '.png');
  else if (options.tokensOnly !== true) await checkDefaultFolder();
  const engine = new Engine(enginePaths());
  try {
    const request = requestOf(await conditionOf(prompt, options), options);
    const run = await decodeToEnd(engine, request);
    const image = options.tokensOnly === true ? undefined : await writePicture(engine, run, options.out);
    process.stdout.write(
      options.json === true ? `${JSON.stringify(jsonReport(run, image))}\n` : textReport(run, image),
    );
  } catch (error) {
    throw asUsageError(error);
  } finally {
    await engine.close();
  }
}

/** The options that have the same name in the request. */
const REQUEST_OPTIONS = [
  'model',
  'textEncoder',
  'decoder',
  'seed',
  'temperature',
  'topK',
  'topP',
  'greedy',
  'provider',
  'onProviderFailure',
  'precision',
  'tokensOnly',
] as const satisfies readonly (keyof GenerateOptions & keyof GenerateRequest)[];

function requestOf(condition: Condition, options: GenerateOptions & DecoderOptionValues): GenerateRequest {
  const same = Object.fromEntries(REQUEST_OPTIONS.map((name) => [name, options[name]]));
  return {
    condition,
    ...same,
    decoderSettings: settingsFrom(options, describeDecoders()),
    ...(options.cfg !== undefined && { guidance: options.cfg }),
  };
}

/** Decodes the picture to its end. @throws EngineError when the run fails */
async function decodeToEnd(engine: Engine, request: GenerateRequest): Promise<Run> {
  const bar = new ProgressBar();
  const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
  engine.events.on('packing', ({ plan }, fraction) => {
    showPacking(bar, plan.settings.precision, fraction);
  });
  engine.events.on('notice', (sentence) => {
    bar.clear();
    process.stderr.write(`${sentence}\n`);
  });
  engine.events.on('step', ({ trace, plan }) => {
    const { least, most } = plan.steps;
    bar.update(trace.steps, trace.leastSteps, least === most ? 'steps' : 'steps at least');
  });
  engine.events.on('moved', (_, notice) => {
    bar.clear();
    process.stderr.write(`${notice}\n`);
  });
  try {
    const started = await engine.start(request);
    bar.clear();
    for (const notice of started.notices) process.stderr.write(`${notice}\n`);
    const run = await ended;
    if (run.error) throw EngineError.from(run.error);
    return run;
  } finally {
    bar.clear();
  }
}

async function writePicture(engine: Engine, run: Run, out: string | undefined): Promise<string> {
  const { rgb, width, height } = await engine.picture(run, run.trace.steps);
  const { settings } = run.plan;
  const png = encodePng(rgb, width, height, generationText(describeRun(run), run.trace));
  if (out === undefined)
    return writeOrKeep(
      `${settings.seed}.png`,
      (file) => writeWholeFile(file, [png]),
      () => writeDefaultFile(settings, png),
    );
  return writeNamed(out, (file) => writeWholeFile(file, [png]));
}

function jsonReport(run: Run, image: string | undefined): object {
  const { settings, execution, grid, rasterSteps } = run.plan;
  const sorted = [...run.trace.stepMs].sort((a, b) => a - b);
  const quantile = (q: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0);
  const { loadMs, decodeMs, imageMs } = run.timings;
  return {
    model: settings.model,
    provider: settings.provider,
    execution: execution.described,
    precision: settings.precision,
    decoder: settings.decoder,
    ...settings.decoderSettings,
    seed: settings.seed,
    grid: [grid.height, grid.width],
    noise: settings.noise,
    steps: run.trace.steps,
    rasterSteps,
    ties: run.trace.ties,
    tokens: Array.from(run.trace.tokens),
    timings: {
      loadMs: round(loadMs),
      decodeMs: round(decodeMs),
      imageMs: round(imageMs),
      stepMs: { median: quantile(0.5), p95: quantile(0.95) },
    },
    image: image ?? null,
  };
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

function textReport(run: Run, image: string | undefined): string {
  const { rasterSteps, settings, decoder } = run.plan;
  const { steps } = run.trace;
  const how = decoder.detail === '' ? settings.decoder : `${settings.decoder}, ${decoder.detail}`;
  const lines = [
    `${steps} steps instead of ${rasterSteps} (${savedPercent(steps, rasterSteps)} % saved), ${(run.timings.decodeMs / 1000).toFixed(2)} s; ` +
      `model ${settings.model}, ${how}, seed ${settings.seed}, ${settings.provider}, weights ${settings.precision}`,
    image ?? `tokens: ${run.trace.tokens.join(' ')}`,
  ];
  return `${lines.join('\n')}\n`;
}
