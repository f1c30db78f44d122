import type { Condition, DecoderSettings } from '../protocol';
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
import type { RunSummary } from './run-summary';
import { TraceFileError } from './trace-file-error';
import { sentence } from '../protocol/sentence';

const TEXT = text(1 << 16);
const NAME = text(300);
const COUNT = integer(0, 0xffffffff);

/** The fields of the metadata that go into a summary. The decoder's own settings are not among them. */
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
  parent: optional(object({ file: TEXT, madeAt: integer(0, 8.64e15), seed: COUNT })),
  start: optional(object({ file: TEXT, keptRows: integer(1, 4096) })),
};
const METADATA = object(SHAPE);
/** The fields of the metadata that are not in a summary. */
const FURTHER = ['format', 'version', 'ties', 'branch', 'notices'] as const;

/**
 * The metadata of a picture: JSON under the keyword `zipar` of a PNG. The JSON also has the settings of the decoder, each as a
 * field of its own. Every field that is not in this type is such a setting.
 */
export type PictureMetadata = {
  readonly [field in keyof typeof SHAPE | (typeof FURTHER)[number]]?: unknown;
};

const NO_SETTINGS: ReadonlySet<string> = new Set([...FURTHER, ...Object.keys(SHAPE)]);

/**
 * The summary of the run in a PNG's metadata. `bytes` may be the first kilobytes of the file only.
 * @returns undefined for a picture that another program made
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
    throw new TraceFileError(sentence`The metadata of the picture are not JSON; they are damaged.`);
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
    parent,
    start,
    ...same
  } = METADATA(fields, '');
  const [height, width] = grid;
  if (height === undefined || width === undefined) throw wrong('grid', sentence`is no pair of numbers`);
  const madeAt = created === undefined ? NaN : Date.parse(created);
  return {
    ...same,
    condition: conditionOf(prompt, label, caption),
    ...(className !== undefined && { className }),
    ...(suffix !== undefined && { suffix }),
    ...(negative !== undefined && { negative }),
    ...(parent && { parent }),
    ...(start && { start }),
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
  throw wrong('prompt', sentence`is missing`);
}

function decoderSettingsIn(fields: Readonly<Record<string, unknown>>): DecoderSettings {
  const settings = Object.entries(fields).filter(
    (entry): entry is [string, number | string] =>
      !NO_SETTINGS.has(entry[0]) && (typeof entry[1] === 'number' || typeof entry[1] === 'string'),
  );
  return Object.fromEntries(settings);
}
