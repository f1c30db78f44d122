import { Option, type Command } from 'commander';
import { describeDecoders } from '../decoding/decoder-table';
import { NOISE_VERSION } from '../decoding/noise';
import { Engine } from '../engine/engine';
import type { EnginePaths } from '../engine/engine-parts';
import { EngineError } from '../engine/engine-messages';
import type { Run } from '../engine/run';
import { saveEveryMs, savesFolder } from '../engine/run-saver';
import { enginePaths } from '../engine-paths';
import { writeWholeFile } from '../files/write-whole-file';
import type { GenerateRequest, Precision, Provider, ProviderFailurePolicy } from '../protocol';
import { addConditionOptions, promptParts, wishesOf } from './condition-options';
import { addSettingOptions, settingsFrom, type DecoderOptionValues } from './decoder-options';
import { jsonReport, textReport } from './generate-report';
import { planPictures, type GenerateJob, type RequestOptions } from './generate-requests';
import { decimal, integer, precisionOption, providerFailureOption, providerOption } from './option-values';
import {
  checkDefaultFolder,
  checkOutputFile,
  writeDefaultFile,
  writeNamed,
  writeOrKeep,
} from './output-file';
import type { RecordedRun } from './recorded-file';
import { RunProgress } from './run-progress';
import { asUsageError, UsageError } from './usage-error';

/** The options, and beside them one for each setting of a decoder. */
export interface GenerateOptions extends RequestOptions {
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
  readonly trace?: string;
  readonly tokensOnly?: boolean;
  readonly json?: boolean;
  readonly saveEvery?: number;
}

/** Adds `zipar generate`: it makes pictures, or their tokens. */
export function addGenerateCommand(zipar: Command): void {
  addDrawingOptions(addConditionOptions(zipar.command('generate').description('make a picture')))
    .option('--like <file>', 'take prompt and settings from a PNG or .zipar file; other options win')
    .option('--resume <file>', 'go on with a stopped run from its .zipar file, with the same tokens')
    .option('--start <file>', 'begin with the upper rows of this PNG or tokens file, and draw the rest')
    .option(
      '--keep-rows <n>',
      'how many rows of tokens --start keeps; all: nothing is drawn',
      integer(1, 4096),
    )
    .option('--count <n>', 'make n pictures; their seeds follow --seed', integer(1, 100_000))
    .option('--prompts <file>', 'make a picture for each line of a text file; - reads standard input')
    .action((prompt: string | undefined, options: GenerateOptions & DecoderOptionValues) =>
      makePictures(options, () => planPictures(prompt, options, overridesOf(options))),
    );
}

/** Adds the options that say how tokens are drawn, what computes them, and where the results go. */
export function addDrawingOptions(command: Command): Command {
  const decoders = describeDecoders();
  command.addOption(
    new Option('--decoder <name>', 'order of decoding').choices(decoders.map(({ name }) => name)),
  );
  return addSettingOptions(command, decoders)
    .option('--seed <n>', 'same seed, same picture; random when absent', integer(0, 2 ** 32 - 1))
    .option('--cfg <x>', 'classifier-free guidance scale; 1 = none', decimal)
    .option('--temperature <t>', 'divides the logits', decimal)
    .option('--top-k <n>', 'draw from the k likeliest tokens; 0 = all', integer(0, 1 << 22))
    .option('--top-p <p>', 'draw from the fewest tokens whose probabilities reach p', decimal)
    .option('--greedy', 'take the likeliest token each time')
    .addOption(providerOption())
    .addOption(providerFailureOption())
    .addOption(precisionOption())
    .option('--save-every <seconds>', 'how often a long run saves itself: 60 when absent, 0 = never', decimal)
    .option('--out <file.png>', 'where the picture goes')
    .option('--trace <file.zipar>', "where the run's trace goes; it is in the PNG too")
    .option('--tokens-only', 'no picture')
    .option('--json', 'print one JSON object on the last line of stdout');
}

/** Plans pictures and makes them. @throws UsageError when the options or what they name cannot be used */
export async function makePictures(
  options: GenerateOptions,
  plan: () => Promise<GenerateJob>,
): Promise<void> {
  await checkPlaces(options);
  const engine = new Engine({ ...enginePaths(), ...savesOf(options) });
  try {
    await makeAll(engine, await plan(), options);
  } catch (error) {
    const isStopped = error instanceof EngineError && error.code === 'cancelled';
    if (!isStopped) throw asUsageError(error);
    process.stderr.write('zipar: stopped before the first step\n');
    process.exitCode = INTERRUPTED;
  } finally {
    await engine.close();
  }
}

/** Where the runs save themselves, if they do. @throws UsageError */
function savesOf({ saveEvery }: GenerateOptions): Pick<EnginePaths, 'saves'> {
  if (saveEvery !== undefined && saveEvery < 0)
    throw new UsageError(`--save-every ${saveEvery} is below 0; 0 means never.`);
  const folder = saveEvery === 0 ? undefined : savesFolder();
  return folder === undefined
    ? {}
    : { saves: { folder, everyMs: saveEvery === undefined ? saveEveryMs() : 1000 * saveEvery } };
}

/** Whether the options ask for more than one picture. */
function areMany({ count = 1, prompts }: GenerateOptions): boolean {
  return count > 1 || prompts !== undefined;
}

/** Refuses, before any work is done, when a result could not be written afterwards. */
async function checkPlaces(options: GenerateOptions): Promise<void> {
  const { out, trace, tokensOnly } = options;
  for (const [option, file] of [['--out', out] as const, ['--trace', trace] as const]) {
    if (file !== undefined && areMany(options))
      throw new UsageError(`${option} names one file, so it goes with one picture; leave it out.`);
  }
  if (out !== undefined) await checkOutputFile('--out', out, '.png');
  else if (tokensOnly !== true) await checkDefaultFolder();
  if (trace !== undefined) await checkOutputFile('--trace', trace, '.zipar');
}

/** Makes the pictures one after another. What is made stays and is reported, also when a later run fails. */
async function makeAll(
  engine: Engine,
  { requests, like }: GenerateJob,
  options: GenerateOptions,
): Promise<void> {
  const progress = new RunProgress(engine, requests.length);
  let saved: string | undefined;
  engine.events.on('saved', (_, file) => (saved = file));
  const reports: object[] = [];
  try {
    for (const request of requests) {
      const run = await progress.follow(request);
      if (run.state === 'cancelled') {
        await engine.settled();
        tellStopped(run, saved);
        return;
      }
      if (like && reports.length === 0) tellDifferences(like, run);
      if (options.trace !== undefined) await writeTrace(engine, run, options.trace);
      const image = run.plan.patch === 0 ? undefined : await writePicture(engine, run, options.out);
      reports.push(jsonReport(run, image));
      if (options.json !== true) process.stdout.write(textReport(run, image));
    }
  } finally {
    const report = areMany(options) ? { runs: reports } : reports[0];
    if (options.json === true && reports.length > 0) process.stdout.write(`${JSON.stringify(report)}\n`);
  }
}

/** Says why the tokens will differ from those of the picture that gave the settings. */
function tellDifferences({ file, summary }: RecordedRun, { plan }: Run): void {
  const isOther = summary.weights !== null && summary.weights !== plan.weights;
  if (summary.noise !== NOISE_VERSION)
    process.stderr.write(`${file} was made with the noise of another version, so the tokens differ.\n`);
  else if (isOther)
    process.stderr.write(`${file} was made with other weights of ${summary.model}, so the tokens differ.\n`);
}

/** Says what is left of a run that was interrupted. */
function tellStopped({ trace }: Run, saved: string | undefined): void {
  const where =
    saved === undefined ? 'nothing was kept of it' : `go on with: zipar generate --resume ${quoted(saved)}`;
  process.stderr.write(`zipar: stopped after step ${trace.steps}; ${where}\n`);
  process.exitCode = INTERRUPTED;
}

/** A path as a word of a command line. */
function quoted(file: string): string {
  return /^[\w./:\\-]+$/.test(file) ? file : JSON.stringify(file);
}

/** Exit code of a command that an interrupt has ended, as shells have it. */
const INTERRUPTED = 130;

async function writeTrace(engine: Engine, run: Run, file: string): Promise<void> {
  const bytes = await engine.traceFile(run);
  await writeNamed(file, (name) => writeWholeFile(name, [bytes]));
}

/** The options that have the same name in the request. */
const REQUEST_OPTIONS = [
  'model',
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

/** The settings of a request that the options name. */
export function overridesOf(
  options: GenerateOptions & DecoderOptionValues,
): Omit<GenerateRequest, 'condition'> {
  const named = REQUEST_OPTIONS.filter((name) => options[name] !== undefined);
  const same = Object.fromEntries(named.map((name) => [name, options[name]]));
  return {
    ...same,
    ...promptParts(options),
    ...wishesOf(options),
    decoderSettings: settingsFrom(options, describeDecoders()),
    ...(options.cfg !== undefined && { guidance: options.cfg }),
  };
}

async function writePicture(engine: Engine, run: Run, out: string | undefined): Promise<string> {
  const { settings } = run.plan;
  const png = await engine.png(run);
  if (out === undefined)
    return writeOrKeep(
      `${settings.seed}.png`,
      (file) => writeWholeFile(file, [png]),
      () => writeDefaultFile(settings, png),
    );
  return writeNamed(out, (file) => writeWholeFile(file, [png]));
}
