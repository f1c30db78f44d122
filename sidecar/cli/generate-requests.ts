import path from 'node:path';
import { describeDecoders } from '../decoding/decoder-table';
import { enginePaths } from '../engine-paths';
import { ModelLibrary } from '../engine/model-library';
import { encodeCondition } from '../engine/run-plan';
import { InputFileError, readTextFile } from '../files/input-file';
import type { ModelFolder } from '../model/model-folder';
import { classLabel } from '../prompt/class-names';
import type { Condition, GenerateRequest } from '../protocol';
import { requestOf } from '../trace-file/run-summary';
import { conditionOf, type ConditionOptions } from './condition-options';
import { readRecordedFile, type RecordedRun } from './recorded-file';
import { readStandardInput } from './standard-input';
import { readTokensFile } from './tokens-file';
import { asUsageError, UsageError } from './usage-error';

/** Options that say which pictures are made, and from which file their settings come. */
export interface RequestOptions extends ConditionOptions {
  readonly like?: string;
  readonly resume?: string;
  readonly start?: string;
  readonly keepRows?: number;
  readonly count?: number;
  readonly prompts?: string;
}

/** The pictures to make. */
export interface GenerateJob {
  readonly requests: readonly GenerateRequest[];
  /** The run whose settings are taken. */
  readonly like: RecordedRun | undefined;
}

const MAX_PROMPTS_BYTES = 8 << 20;
const MAX_PICTURES = 100_000;
const SEEDS = 2 ** 32;

/**
 * Plans which pictures are made. Nothing is computed, but every prompt is checked.
 * @param overrides the settings that the options name; they win over those of the file
 * @throws UsageError when options contradict one another, a file cannot be used, or a prompt is refused
 */
export async function planPictures(
  prompt: string | undefined,
  options: RequestOptions,
  overrides: Omit<GenerateRequest, 'condition'>,
): Promise<GenerateJob> {
  if (options.resume !== undefined) return planResumed(prompt, options, options.resume, overrides);
  const like = options.like === undefined ? undefined : await readRecordedFile(options.like);
  const recorded = like && requestOf(like.summary, describeDecoders());
  // The settings of one decoder mean nothing to another.
  const isOther = overrides.decoder !== undefined && overrides.decoder !== recorded?.decoder;
  const decoderSettings = { ...(!isOther && recorded?.decoderSettings), ...overrides.decoderSettings };
  const settings = { ...recorded, ...overrides, decoderSettings, ...(await startOf(options)) };
  if (like) await requireModel(like, settings);
  const conditions = await conditionsOf(prompt, options, { settings, like });
  const { count = 1 } = options;
  if (conditions.length * count > MAX_PICTURES)
    throw new UsageError(`${conditions.length * count} pictures are more than ${MAX_PICTURES}; make fewer.`);
  const requests = conditions.flatMap((condition) =>
    Array.from({ length: count }, (_, i) => ({ ...settings, condition, ...seedOf(settings.seed, i) })),
  );
  return { requests, like };
}

/**
 * Plans a run that goes on from a file: with the file's settings, and with the files that the stopped run found. An option
 * may name another place of the same file. The engine refuses other settings.
 */
async function planResumed(
  prompt: string | undefined,
  options: RequestOptions,
  file: string,
  overrides: Omit<GenerateRequest, 'condition'>,
): Promise<GenerateJob> {
  const { class: label, caption, like, prompts, count = 1 } = options;
  const { start, keepRows } = options;
  if (count > 1 || [prompt, label, like, prompts, start, keepRows].some((value) => value !== undefined))
    throw new UsageError(
      '--resume goes on with one run, so it goes with no prompt, --class, --like, --prompts, --start or --count.',
    );
  const resumed = await readRecordedFile(file);
  const { summary, record } = resumed;
  const { model, imageDecoder, textEncoder, caption: captions } = record?.places ?? {};
  const recorded = requestOf(summary, describeDecoders());
  const captionFile = caption ?? captions;
  const settings = {
    ...recorded,
    ...(model !== undefined && { model }),
    ...(imageDecoder !== undefined && { imageDecoder }),
    ...(textEncoder !== undefined && { textEncoder }),
    ...(record?.run.patch === 0 && { tokensOnly: true }),
    ...overrides,
    decoderSettings: { ...recorded.decoderSettings, ...overrides.decoderSettings },
    ...(captionFile !== undefined &&
      summary.condition.kind === 'caption' && {
        condition: { kind: 'caption' as const, file: captionFile },
      }),
    resume: path.resolve(file),
  };
  await requireModel(resumed, settings);
  return { requests: [settings], like: undefined };
}

/** The picture that the runs begin with. @throws UsageError when one of its two options is missing */
async function startOf({ start, keepRows }: RequestOptions): Promise<Pick<GenerateRequest, 'start'>> {
  if (start === undefined && keepRows === undefined) return {};
  if (start === undefined)
    throw new UsageError('--keep-rows goes with --start FILE, the picture whose rows are kept.');
  if (keepRows === undefined)
    throw new UsageError('--start goes with --keep-rows N, the number of upper rows that are kept.');
  if (path.extname(start).toLowerCase() === '.png') return { start: { file: path.resolve(start), keepRows } };
  const { tokens, notices } = await readTokensFile(start);
  for (const notice of notices) process.stderr.write(`${notice}\n`);
  return { start: { file: start, tokens: Array.from(tokens), keepRows } };
}

/** The seed of the picture with a number: the seeds after the first one follow it. Without a seed, each is random. */
function seedOf(seed: number | undefined, i: number): Pick<GenerateRequest, 'seed'> {
  return seed === undefined ? {} : { seed: (seed + i) % SEEDS };
}

/** Checks that the model of a recorded run is found, because a picture names it without its folder. */
export async function requireModel(
  { file, summary }: RecordedRun,
  { model: name, grid, imageDecoder }: Pick<GenerateRequest, 'model' | 'grid' | 'imageDecoder'>,
): Promise<void> {
  try {
    await new ModelLibrary(enginePaths().models).find(name, { grid, imageDecoder });
  } catch (error) {
    if (name !== summary.model) throw error;
    throw new UsageError(
      `${file} was made by the model "${name}", which does not ship with this program; name its folder with --model.`,
      { cause: error },
    );
  }
}

async function conditionsOf(
  prompt: string | undefined,
  options: RequestOptions,
  { settings, like }: { settings: Omit<GenerateRequest, 'condition'>; like: RecordedRun | undefined },
): Promise<readonly Condition[]> {
  const isGiven = [prompt, options.class, options.caption].some((value) => value !== undefined);
  if (options.prompts !== undefined) {
    if (isGiven)
      throw new UsageError('--prompts gives the prompts, so it goes with no prompt, --class or --caption.');
    return promptsIn(options.prompts, settings);
  }
  if (isGiven || !like)
    return [
      await conditionOf(prompt, {
        ...options,
        ...(settings.model !== undefined && { model: settings.model }),
      }),
    ];
  const { condition } = like.summary;
  if (condition.kind === 'caption')
    throw new UsageError(
      `${like.file} was made from the caption file ${condition.file}, whose folder it does not tell; name the file with --caption.`,
    );
  return [condition];
}

/** The prompts of a text file, one a line. Empty lines, and lines that begin with #, are left out. */
async function promptsIn(
  name: string,
  settings: Omit<GenerateRequest, 'condition'>,
): Promise<readonly Condition[]> {
  const file = name === '-' ? 'Standard input' : name;
  const lines = (await textOf(name, file))
    .split(/\r\n?|\n/)
    .map((line, i) => ({ text: line.trim(), number: i + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
  if (lines.length === 0) throw new UsageError(`${file} holds no prompt; write one on each line.`);
  const model = await new ModelLibrary(enginePaths().models).find(settings.model, {
    grid: settings.grid,
    imageDecoder: settings.imageDecoder,
  });
  const conditions: Condition[] = [];
  for (const { text, number } of lines) {
    try {
      const condition = conditionIn(text, model);
      await encodeCondition({ ...settings, condition }, model);
      conditions.push(condition);
    } catch (error) {
      const usage = asUsageError(error);
      if (!(usage instanceof UsageError)) throw error;
      throw new UsageError(`${file}, line ${number}: ${usage.message}`, { cause: error });
    }
  }
  return conditions;
}

/** What a line asks for: a class of a class-conditional model, otherwise a prompt. */
function conditionIn(line: string, { condition, name }: ModelFolder): Condition {
  if (condition.kind !== 'class') return { kind: 'prompt', prompt: line };
  if (/^\d{1,9}$/.test(line)) return { kind: 'class', label: Number(line) };
  return { kind: 'class', label: classLabel(line, condition.classes, name) };
}

async function textOf(name: string, file: string): Promise<string> {
  try {
    return await (name === '-'
      ? readStandardInput(file, MAX_PROMPTS_BYTES)
      : readTextFile(name, MAX_PROMPTS_BYTES));
  } catch (cause) {
    if (cause instanceof InputFileError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}
