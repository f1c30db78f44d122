import type { Condition, DecoderDescription, DecoderSettings, GenerateRequest, RunState } from '../protocol';
import {
  fieldsOf,
  flag,
  integer,
  listOf,
  nullable,
  number,
  object,
  optional,
  text,
  wrong,
} from './checked-fields';
import { leadingPngTexts } from './png-texts';
import type { RunRecord } from './run-record';
import { TraceFileError } from './trace-file-error';

/** The settings that make a run again. */
export type RepeatableSettings = Pick<
  RunSummary,
  | 'model'
  | 'condition'
  | 'seed'
  | 'decoder'
  | 'decoderSettings'
  | 'guidance'
  | 'temperature'
  | 'topK'
  | 'topP'
  | 'greedy'
  | 'precision'
> &
  Partial<Pick<RunSummary, 'grid' | 'suffix' | 'negative'>>;

/** What a file says of a run in few words: enough to list the run, and to make it again. */
export interface RunSummary {
  readonly model: string;
  readonly condition: Condition;
  readonly className?: string;
  /** Text after the prompt, and of the unconditional half, where the request named them. */
  readonly suffix?: string;
  readonly negative?: string;
  readonly seed: number;
  readonly decoder: string;
  readonly decoderSettings: DecoderSettings;
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly greedy: boolean;
  readonly precision: string;
  readonly provider: string;
  /** Steps that are done. */
  readonly steps: number;
  readonly rasterSteps: number;
  /** Rows, columns. */
  readonly grid: readonly [number, number];
  readonly state: RunState;
  /** Version of the noise; 1 for pictures of the first version, which does not say it. */
  readonly noise: number;
  /** Digest of the weights, or null when it is not known. */
  readonly weights: string | null;
  /** When the run began, in ms since 1970; undefined for pictures of the first version. */
  readonly madeAt: number | undefined;
}

export function summaryOf({ run, origin, snapshot }: RunRecord): RunSummary {
  const { settings, rasterSteps, grid, state } = run;
  const { noise, weights, madeAt } = origin;
  return { ...settings, steps: snapshot.step, rasterSteps, grid, state, noise, weights, madeAt };
}

const TEXT = text(1 << 16);
const NAME = text(300);
const COUNT = integer(0, 0xffffffff);

/** The metadata under the keyword `zipar` of a PNG, apart from the decoder's own settings. */
const SHAPE = {
  model: NAME,
  prompt: optional(TEXT),
  class: optional(COUNT),
  className: optional(NAME),
  suffix: optional(TEXT),
  negative: optional(TEXT),
  caption: optional(TEXT),
  seed: COUNT,
  decoder: NAME,
  guidance: number,
  temperature: number,
  topK: COUNT,
  topP: number,
  greedy: flag,
  precision: NAME,
  provider: NAME,
  steps: COUNT,
  rasterSteps: COUNT,
  grid: listOf(integer(1, 4096), 2),
  noise: optional(COUNT),
  weights: optional(nullable(NAME)),
  created: optional(NAME),
};
const METADATA = object(SHAPE);
/** Fields that are no settings of a decoder. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['ties', 'format', 'version', ...Object.keys(SHAPE)]);

/**
 * The summary in a PNG's metadata. The first kilobytes of the file are enough.
 * @returns undefined for a picture that is not ours
 * @throws TraceFileError when the metadata are damaged
 */
export function pngSummary(bytes: Uint8Array): RunSummary | undefined {
  const json = leadingPngTexts(bytes).get('zipar');
  return json === undefined ? undefined : summaryIn(json);
}

function summaryIn(json: string): RunSummary | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new TraceFileError('The metadata of the picture are not JSON; they are damaged.');
  }
  const fields = fieldsOf(value, 'zipar');
  if (fields.format !== 'zipar-studio') return undefined;
  const {
    prompt,
    class: label,
    caption,
    created,
    noise,
    weights,
    className,
    suffix,
    negative,
    grid,
    ...same
  } = METADATA(fields, '');
  const [height, width] = grid;
  if (height === undefined || width === undefined) throw wrong('grid', 'is no pair of numbers');
  const madeAt = created === undefined ? NaN : Date.parse(created);
  return {
    ...same,
    condition: conditionOf(prompt, label, caption),
    ...(className !== undefined && { className }),
    ...(suffix !== undefined && { suffix }),
    ...(negative !== undefined && { negative }),
    decoderSettings: decoderSettingsIn(fields),
    grid: [height, width],
    state: 'complete',
    noise: noise ?? 1,
    weights: weights ?? null,
    madeAt: Number.isNaN(madeAt) ? undefined : madeAt,
  };
}

function conditionOf(
  prompt: string | undefined,
  label: number | undefined,
  caption: string | undefined,
): Condition {
  if (prompt !== undefined) return { kind: 'prompt', prompt };
  if (label !== undefined) return { kind: 'class', label };
  if (caption !== undefined) return { kind: 'caption', file: caption };
  throw wrong('prompt', 'is missing');
}

function decoderSettingsIn(fields: Readonly<Record<string, unknown>>): DecoderSettings {
  const settings = Object.entries(fields).filter(
    (entry): entry is [string, number | string] =>
      !NO_SETTINGS.has(entry[0]) && (typeof entry[1] === 'number' || typeof entry[1] === 'string'),
  );
  return Object.fromEntries(settings);
}

/**
 * The request that makes a run again. A condition that names a caption file names it without its folder.
 * @param decoders the table of decoders; a run's record also states values that are no settings of its decoder
 */
export function requestOf(
  settings: RepeatableSettings,
  decoders: readonly DecoderDescription[],
): GenerateRequest {
  return { ...repeatedFields(settings, decoders), condition: settings.condition };
}

/** The settings of a request that makes a run again. They leave the provider to the machine. */
export function repeatedFields(
  settings: RepeatableSettings,
  decoders: readonly DecoderDescription[],
): Omit<GenerateRequest, 'condition'> {
  const { model, decoder, seed, guidance, temperature, topK, topP, greedy, precision } = settings;
  const { grid, suffix, negative } = settings;
  const known = decoders.find(({ name }) => name === decoder)?.settings.map(({ name }) => name);
  const kept = Object.entries(settings.decoderSettings).filter(([name]) => known?.includes(name) !== false);
  return {
    ...{ model, decoder, decoderSettings: Object.fromEntries(kept), seed },
    ...{ guidance, temperature, topK, topP, greedy },
    ...(grid && { grid }),
    ...(suffix !== undefined && { suffix }),
    ...(negative !== undefined && { negative }),
    precision: precision as NonNullable<GenerateRequest['precision']>,
  };
}
