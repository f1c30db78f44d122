import { Option, type Command } from 'commander';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { buildVersions } from '../build-versions';
import { enginePaths } from '../engine-paths';
import { ModelLibrary } from '../engine/model-library';
import { Providers } from '../engine/providers';
import { planRun } from '../engine/run-plan';
import { evaluate, type EvaluationPlan } from '../evaluation/evaluate';
import { everyDecoder, parseDecoders } from '../evaluation/evaluated-decoder';
import { EvaluationError } from '../evaluation/evaluation-error';
import type { ReportHeader } from '../decoder-report/decoder-report';
import { qualityPlot } from '../decoder-report/quality-plot';
import { sheetPictures } from '../evaluation/contact-sheet';
import { markdownReport } from '../evaluation/evaluation-report';
import { EvaluationResults } from '../evaluation/evaluation-results';
import { cheapestWithoutLoss, summarise, type DecoderSummary } from '../evaluation/evaluation-summary';
import { GENERAL_PROMPTS } from '../evaluation/general-prompts';
import { Judge } from '../evaluation/judge';
import { KeptPictures } from '../evaluation/kept-pictures';
import { readPromptSet, type EvaluationPrompt } from '../evaluation/prompt-set';
import { OutputFileError, writeWholeFile } from '../files/write-whole-file';
import { weightFiles, type ModelFolder } from '../model/model-folder';
import { readTextEncoder } from '../model/t5/text-encoder-folder';
import type { PackingListener } from '../model/precision/packing-listener';
import type { Precision, Provider, WeightPrecision } from '../protocol';
import { runEvalJobs } from './eval-jobs';
import { decimal, integer, precisionOption, providerOption } from './option-values';
import { packingOnTerminal } from './packing-progress';
import { ProgressBar } from './progress-bar';
import { asUsageError, UsageError } from './usage-error';
import { inEnglish } from '../protocol/sentence';

interface EvalOptions {
  readonly model?: string;
  readonly prompts?: string;
  readonly textEncoder?: string;
  readonly decoders?: string;
  readonly images: number;
  readonly seed: number;
  readonly cfg?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly provider?: Provider;
  readonly precision?: Precision;
  readonly judge?: string | false;
  readonly out?: string;
  readonly jobs: number;
  /** Number of this process among the `jobs`. It makes its share and reports nothing. */
  readonly job?: number;
  readonly json?: boolean;
}

const REPORT_FILE = 'report.md';
const NUMBERS_FILE = 'report.json';
const PLOT_FILE = 'quality.svg';

/** Adds `zipar eval`: it measures what parallel decoding costs in quality and saves in time. */
export function addEvalCommand(zipar: Command): void {
  zipar
    .command('eval')
    .description('compare decoders: steps, time, likelihood and what a judge sees')
    .option('--model <folder|file|name>', 'model folder, weight file, or name of a model that ships')
    .option(
      '--prompts <file.json>',
      'prompt set; the one that ships for the embedded model, every class in turn for a class-conditional one, general prompts for one that reads text',
    )
    .option(
      '--text-encoder <folder>',
      "flan-t5 folder that reads the prompts for a caption-conditional model; the model's own when absent",
    )
    .option(
      '--decoders <list>',
      'such as "zipar:8,4 raster+8 zipar:9+8"; after ":" windows, after "+" a lookahead; raster order is always made',
    )
    .option('--images <n>', 'pictures a decoder', integer(1, 100_000), 100)
    .option('--seed <n>', 'of the first picture', integer(0, 2 ** 32 - 1), 0)
    .option('--cfg <x>', 'classifier-free guidance scale; 1 = none', decimal)
    .option('--temperature <t>', 'divides the logits', decimal)
    .option('--top-k <n>', 'draw from the k likeliest tokens; 0 = all', integer(0, 1 << 22))
    .option('--top-p <p>', 'draw from the fewest tokens whose probabilities reach p', decimal)
    .addOption(providerOption())
    .addOption(precisionOption())
    .option('--judge <folder>', 'judge of the pictures; the one that ships for the embedded model')
    .option('--no-judge', 'likelihood only')
    .option('--out <folder>', 'where results, report and plot go; an evaluation found there goes on')
    .option(
      '--jobs <n>',
      'processes that share the pictures out; times are then taken while all compute',
      integer(1, 64),
      1,
    )
    .addOption(new Option('--job <k>').argParser(integer(0, 63)).hideHelp())
    .option('--json', 'print the numbers as one JSON object on the last line of stdout')
    .action(runEval);
}

async function runEval(options: EvalOptions): Promise<void> {
  // The extension may have started this command. When the extension is gone, the rest is not needed, and the finished
  // pictures are on the disk.
  const onOrphaned = (): never => process.exit(1);
  process.once('disconnect', onOrphaned);
  try {
    const paths = enginePaths();
    const model = await new ModelLibrary(paths.models).find(options.model);
    const setup = await setUp(options, model, paths);
    const { plan, header, judge, folder } = setup;
    const isShared = options.jobs > 1 && options.job === undefined;
    const share = { index: options.job ?? 0, of: options.jobs };
    const openResults = async (): Promise<EvaluationResults> =>
      EvaluationResults.open(folder, await settingsOf(setup, model), share.index);
    let results = await openResults();
    const bar = new ProgressBar();
    const onProgress = (made: number, wanted: number): void => {
      bar.update(made, wanted, 'pictures');
      process.send?.({ type: 'progress', made, wanted });
    };
    try {
      if (isShared) {
        const wanted = plan.images * plan.decoders.length;
        const { provider, precision } = header;
        const onPacking = packingListener(precision).onProgress;
        await runEvalJobs({ jobs: options.jobs, provider, precision, wanted, onProgress, onPacking });
        results = await openResults();
      } else
        await evaluate(model, plan, share, results, judge, onProgress, packingListener(header.precision));
    } finally {
      bar.clear();
    }
    if (options.job !== undefined) return;
    const rows = summarise(results, plan.decoders, plan.prompts, plan.images, judge?.reference);
    const pictures = sheetPictures(results, plan);
    const report = markdownReport(header, rows, PLOT_FILE, pictures);
    const numbers = {
      ...header,
      rows: rows.map(asJson),
      fewestPassesWithoutLoss: {
        likelihood: cheapestWithoutLoss(rows, ['likelihood'])?.label ?? null,
        accuracy: cheapestWithoutLoss(rows, ['accuracy', 'all right'])?.label ?? null,
      },
      pictures,
    };
    await writeReport(folder, report, numbers, rows);
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(numbers)}\n`
        : `${report}\n${path.join(folder, REPORT_FILE)}\n`,
    );
  } catch (error) {
    if (error instanceof EvaluationError) throw new UsageError(error.message, { cause: error });
    throw asUsageError(error);
  } finally {
    process.off('disconnect', onOrphaned);
    if (process.connected) process.disconnect();
  }
}

interface Setup {
  readonly plan: EvaluationPlan;
  readonly header: ReportHeader;
  readonly judge: Judge | undefined;
  readonly folder: string;
}

/** Makes and checks every choice before the first picture. */
async function setUp(
  options: EvalOptions,
  model: ModelFolder,
  { models, proof, judge: judgeFolder }: ReturnType<typeof enginePaths>,
): Promise<Setup> {
  if (options.textEncoder !== undefined && model.condition.kind !== 'caption-embedding')
    throw new UsageError(
      `--text-encoder reads prompts for caption-conditional models, and ${model.name} is none; leave it out.`,
    );
  // The judge knows only what the embedded model draws. The packaged extension comes without the judge.
  const isJudged = path.dirname(model.folder) === path.resolve(models) && existsSync(judgeFolder);
  const prompts = await promptsFor(options, model, isJudged ? judgeFolder : undefined);
  const judgesFolder = options.judge ?? (isJudged ? judgeFolder : false);
  const judge = judgesFolder === false || !model.imageDecoder ? undefined : await Judge.open(judgesFolder);
  const folder = options.out ?? path.join('zipar-eval', folderName(model.name));
  const plan: EvaluationPlan = {
    decoders: parseDecoders(options.decoders ?? everyDecoder(model.grid[1]), model.grid[1]),
    prompts: prompts.list,
    images: options.images,
    seed: options.seed,
    request: {
      ...(options.textEncoder !== undefined && { textEncoder: options.textEncoder }),
      ...(options.cfg !== undefined && { guidance: options.cfg }),
      ...(options.temperature !== undefined && { temperature: options.temperature }),
      ...(options.topK !== undefined && { topK: options.topK }),
      ...(options.topP !== undefined && { topP: options.topP }),
      ...(options.provider !== undefined && { provider: options.provider }),
      // If another provider took over, its pictures would be compared as if the decoder made the difference.
      onProviderFailure: 'error',
      ...(options.precision !== undefined && { precision: options.precision }),
      tokensOnly: judge === undefined,
    },
    providers: Providers.ofThisMachine(proof),
    kept: model.imageDecoder && new KeptPictures(folder),
  };
  const [first] = prompts.list;
  if (!first) throw new UsageError('The prompt set is empty.');
  const request = { ...plan.request, condition: first.condition };
  const { settings, rasterSteps, execution } = await planRun(request, model, plan.providers);
  // Says the notices once, here. They are not repeated for each picture.
  for (const notice of execution.notices) process.stderr.write(`${inEnglish(notice)}\n`);
  const { onnxruntime, node, version } = buildVersions();
  return {
    plan: { ...plan, request: { ...plan.request, precision: settings.precision } },
    judge,
    folder,
    header: {
      model: model.name,
      images: options.images,
      prompts: prompts.name,
      guidance: settings.guidance,
      temperature: settings.temperature,
      topK: settings.topK,
      topP: settings.topP,
      seed: options.seed,
      provider: settings.provider,
      precision: settings.precision,
      machine: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'CPU'}, ZipAR Studio ${version}, ONNX Runtime ${onnxruntime}, Node.js ${node}`,
      rasterSteps,
    },
  };
}

/** The name of the folder for a model's results: short, and never a name that leads elsewhere, such as "..". */
function folderName(model: string): string {
  return (
    model
      .replace(/[^\w.-]+/g, '-')
      .replace(/^\.+/, '')
      .slice(0, 100) || 'model'
  );
}

/** Shows packing on the terminal, and tells the extension that started this command. */
function packingListener(precision: WeightPrecision): PackingListener {
  const terminal = packingOnTerminal(precision);
  return {
    ...terminal,
    onProgress: (fraction) => {
      terminal.onProgress(fraction);
      process.send?.({ type: 'packing', precision, fraction });
    },
  };
}

interface PromptChoice {
  readonly name: string;
  readonly list: readonly EvaluationPrompt[];
}

async function promptsFor(
  { prompts, textEncoder }: EvalOptions,
  model: ModelFolder,
  shipped: string | undefined,
): Promise<PromptChoice> {
  if (prompts !== undefined) return { name: path.basename(prompts), list: await readPromptSet(prompts) };
  const { condition, vocabulary } = model;
  if (condition.kind === 'class') {
    const list = Array.from({ length: condition.classes }, (_, label) => ({
      condition: { kind: 'class', label } as const,
      group: '',
      expectations: [],
    }));
    return { name: `classes 0 to ${condition.classes - 1} in turn`, list };
  }
  if (shipped !== undefined) {
    const list = await readPromptSet(path.join(shipped, 'prompts.json'));
    return { name: `${list.length} prompts of the embedded model's set in turn`, list };
  }
  if (condition.kind === 'caption-embedding' && (textEncoder ?? model.textEncoder) !== undefined)
    return {
      name: `${GENERAL_PROMPTS.length} general prompts in turn`,
      list: GENERAL_PROMPTS.map(wordsToDraw),
    };
  const examples = vocabulary?.examples ?? [];
  if (examples.length === 0)
    throw new UsageError(
      `${model.name} needs a prompt set to be evaluated: give one with --prompts FILE.json.`,
    );
  return {
    name: `the model's ${examples.length} example prompts in turn`,
    list: examples.map(wordsToDraw),
  };
}

function wordsToDraw(prompt: string): EvaluationPrompt {
  return { condition: { kind: 'prompt', prompt }, group: '', expectations: [] };
}

/** All settings that results depend on. The number of pictures and the list of decoders may grow in the same folder. */
async function settingsOf({ header, plan }: Setup, model: ModelFolder): Promise<object> {
  const { guidance, temperature, topK, topP, seed, provider, precision } = header;
  const digest = createHash('sha256').update(JSON.stringify(plan.prompts)).digest('hex');
  const { textEncoder } = plan.request;
  return {
    model: header.model,
    weights: await weightStamps(model),
    prompts: { name: header.prompts, sha256: digest },
    ...(textEncoder !== undefined && { textEncoder: await encoderStamps(textEncoder, model) }),
    guidance,
    temperature,
    topK,
    topP,
    seed,
    provider,
    ...(precision !== 'stored' && { precision }), // evaluations from before this setting can go on
    judged: plan.request.tokensOnly !== true,
  };
}

async function weightStamps(model: ModelFolder): Promise<string[]> {
  return stamps(await weightFiles(model));
}

async function encoderStamps(name: string, { condition }: ModelFolder): Promise<string[]> {
  if (condition.kind !== 'caption-embedding') return [];
  const { folder, weights } = await readTextEncoder(name, condition.dim);
  return stamps([path.join(folder, weights)]);
}

/** Size and time of last change of each weight file. Other weights under the same name count as another model. */
function stamps(files: readonly string[]): Promise<string[]> {
  return Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return `${path.basename(file)}: ${size} bytes, ${new Date(mtimeMs).toISOString()}`;
    }),
  );
}

/** A row in `report.json`: settings stand beside the figures. */
function asJson({ settings, decoder, label, steps, ms, ...figures }: DecoderSummary): object {
  return { decoder, ...settings, label, steps, ms, ...figures };
}

async function writeReport(
  folder: string,
  report: string,
  numbers: object,
  rows: readonly DecoderSummary[],
): Promise<void> {
  const files = {
    [PLOT_FILE]: qualityPlot(rows),
    [NUMBERS_FILE]: `${JSON.stringify(numbers, undefined, 2)}\n`,
    [REPORT_FILE]: report,
  };
  try {
    for (const [name, text] of Object.entries(files))
      await writeWholeFile(path.join(folder, name), [Buffer.from(text)]);
  } catch (cause) {
    if (!(cause instanceof OutputFileError)) throw cause;
    throw new Error(`${cause.message} The results are kept; the same command writes the report from them.`, {
      cause,
    });
  }
}
