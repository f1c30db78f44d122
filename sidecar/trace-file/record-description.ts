import {
  ERROR_CODES,
  PRECISIONS,
  RUN_STATES,
  type CellTrackDescription,
  type Condition,
  type RunDescription,
  type WeightPrecision,
} from '../protocol';
import { EVENT_KINDS } from '../protocol/snapshot-frame';
import {
  fieldsOf,
  flag,
  integer,
  listOf,
  nullable,
  number,
  object,
  oneOf,
  optional,
  text,
  wrong,
  type Read,
} from './checked-fields';
import {
  haveTimes,
  RECORDED_RUN,
  withoutFolders,
  type ParentRun,
  type RunBranch,
  type RunRecord,
} from './run-record';
import { TraceFileError } from './trace-file-error';
import { sentence } from '../protocol/sentence';

/** The largest number of cells of a grid. */
const MAX_CELLS = 1 << 20;
/** The largest number of steps of a run: one for each cell, and one for a row terminator after each cell. */
export const MAX_STEPS = 2 * MAX_CELLS;
const MAX_EVENTS = 1 << 22;
const MAX_FED = 1 << 22;
const MAX_TRACKS = 64;
const MAX_NOTICES = 100;
const MAX_SETTINGS = 64;
/** The largest number of characters of a prompt. */
const MAX_PROMPT = 1 << 16;
/** The largest number of characters of a sentence. */
const MAX_SENTENCE = 4000;
const MAX_NAME = 300;
/** Characters of a path at most; no system allows more. */
const MAX_PATH = 32_767;
/** Tokens that a branch changes at most. */
const MAX_CHANGES = 4096;

const count = integer(0, 0xffffffff);
const name = text(MAX_NAME);

/** The part of a record that is JSON. Some of its fields say how long the columns are that follow the JSON. */
export interface RecordDescription extends Pick<
  RunRecord,
  'origin' | 'run' | 'timings' | 'error' | 'notices' | 'ties' | 'places' | 'branch'
> {
  /** The number of steps that are done. */
  readonly steps: number;
  /** A lower bound for the steps of the whole run, after the last step that is done. */
  readonly leastSteps: number;
  readonly tracks: readonly CellTrackDescription[];
  /** The number of events. */
  readonly events: number;
  /** The number of steps and tokens in the columns of fed tokens, and whether these have times. */
  readonly fed: { readonly steps: number; readonly tokens: number; readonly isTimed: boolean };
}

/** The description of a record as JSON. Folders are removed from texts and file names. */
export function describeRecord(record: RunRecord): string {
  const { origin, run, snapshot, timings, error, notices, ties, fed, places, branch } = record;
  const { settings, decoder, grid, leastSteps, mostSteps, rasterSteps, patch, start, state } = run;
  const description = {
    origin,
    run: {
      settings: { ...settings, condition: shareable(settings.condition) },
      decoder,
      grid,
      leastSteps,
      mostSteps,
      rasterSteps,
      patch,
      start,
      state,
    },
    timings,
    ...(error && { error: { ...error, message: withoutFolders(error.message) } }),
    notices: notices.map(withoutFolders),
    ...(ties !== undefined && { ties }),
    ...(places && { places }),
    ...(branch && { branch: { ...branch, parent: shareableParent(branch.parent) } }),
    steps: snapshot.step,
    leastSteps: snapshot.leastSteps,
    tracks: snapshot.tracks.map((track) => ({ ...track, high: track.high ?? null, values: undefined })),
    events: snapshot.events.length,
    fed: {
      steps: fed.length,
      tokens: fed.reduce((sum, { length }) => sum + length, 0),
      isTimed: haveTimes(fed),
    },
  };
  return JSON.stringify(description);
}

/** Reads a description. @throws TraceFileError when it is not JSON, or a field is missing, of the wrong type or out of range */
export function parseDescription(json: string): RecordDescription {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new TraceFileError(sentence`The description in the trace is not JSON; it is damaged.`);
  }
  const read = DESCRIPTION(value, '');
  const { steps, leastSteps, fed, tracks } = read;
  if (leastSteps < steps) throw wrong('leastSteps', sentence`is less than the steps that are done`);
  if (fed.steps !== 0 && fed.steps !== steps)
    throw wrong('fed.steps', sentence`is another number than the steps`);
  if (new Set(tracks.map((track) => track.name)).size < tracks.length)
    throw wrong('tracks', sentence`has one name twice`);
  const { branch, ...others } = read;
  return {
    ...others,
    ...(branch && { branch: branchOf(branch) }),
    run: runOf(read.run),
    tracks: tracks.map((track) => ({ ...track, high: track.high ?? undefined })),
  };
}

/**
 * A condition without the folder of its file. A record is passed on, and must not contain folders of the person who made it.
 */
function shareable(condition: Condition): Condition {
  if (condition.kind !== 'caption') return condition;
  return { kind: 'caption', file: condition.file.split(/[\\/]/).at(-1) ?? '' };
}

/** A parent as other people may see it. */
function shareableParent({ file, ...others }: ParentRun): ParentRun {
  return { file: file.split(/[\\/]/).at(-1) ?? '', ...others };
}

const CONDITIONS: { readonly [kind in Condition['kind']]: Read<Condition> } = {
  prompt: object({ kind: oneOf('prompt'), prompt: text(MAX_PROMPT) }),
  class: object({ kind: oneOf('class'), label: count }),
  caption: object({ kind: oneOf('caption'), file: text(MAX_SENTENCE) }),
};

const condition: Read<Condition> = (value, field) => {
  const kind = oneOf('prompt', 'class', 'caption')(fieldsOf(value, field).kind, `${field}.kind`);
  return CONDITIONS[kind](value, field);
};

const decoderSettings: Read<Readonly<Record<string, number | string>>> = (value, field) => {
  const entries = Object.entries(fieldsOf(value, field));
  if (entries.length > MAX_SETTINGS) throw wrong(field, sentence`has more than ${MAX_SETTINGS} entries`);
  return Object.fromEntries(
    entries.map(([key, setting]) => [
      name(key, field),
      typeof setting === 'number' ? number(setting, `${field}.${key}`) : name(setting, `${field}.${key}`),
    ]),
  );
};

const grid: Read<readonly [number, number]> = (value, field) => {
  const [height = 0, width = 0, ...more] = listOf(integer(1, 4096), 2)(value, field);
  if (height * width < 1 || height * width > MAX_CELLS || more.length > 0)
    throw wrong(field, sentence`is no grid of at most ${MAX_CELLS} cells`);
  return [height, width];
};

const precision = oneOf(...PRECISIONS.filter((value): value is WeightPrecision => value !== 'auto'));

const RUN = object({
  settings: object({
    model: name,
    provider: name,
    precision,
    condition,
    className: optional(name),
    suffix: optional(text(MAX_PROMPT)),
    negative: optional(text(MAX_PROMPT)),
    decoder: name,
    decoderSettings,
    seed: count,
    guidance: number,
    temperature: number,
    topK: count,
    topP: number,
    greedy: flag,
  }),
  decoder: object({
    label: name,
    detail: name,
    choices: listOf(object({ label: name, value: name }), MAX_SETTINGS),
    mostTokens: count,
    events: listOf(oneOf(...EVENT_KINDS), EVENT_KINDS.length),
    plainSteps: optional(integer(0, MAX_STEPS)),
  }),
  grid,
  leastSteps: integer(0, MAX_STEPS),
  mostSteps: integer(0, MAX_STEPS),
  rasterSteps: integer(0, MAX_STEPS),
  patch: integer(0, 4096),
  start: optional(object({ file: text(MAX_SENTENCE), keptRows: integer(1, 4096) })),
  state: oneOf(...RUN_STATES),
});

function runOf({ settings, decoder, start, ...run }: ReturnType<typeof RUN>): RunDescription {
  const { className, suffix, negative, ...others } = settings;
  const { plainSteps, ...described } = decoder;
  return {
    ...run,
    ...(start && { start }),
    decoder: { ...described, ...(plainSteps !== undefined && { plainSteps }) },
    runId: RECORDED_RUN,
    settings: {
      ...others,
      ...(className !== undefined && { className }),
      ...(suffix !== undefined && { suffix }),
      ...(negative !== undefined && { negative }),
    },
    execution: { device: null, memoryBytes: null, reason: '' },
  };
}

const CHANGES = listOf(object({ cell: integer(0, MAX_CELLS - 1), token: count }), MAX_CHANGES);

/** A branch without the fields that its file does not have. */
function branchOf({
  step,
  fromRow,
  ...others
}: NonNullable<ReturnType<typeof DESCRIPTION>['branch']>): RunBranch {
  return { ...others, ...(step !== undefined && { step }), ...(fromRow !== undefined && { fromRow }) };
}

const DESCRIPTION = object({
  origin: object({
    program: name,
    madeAt: integer(0, 8.64e15),
    noise: count,
    weights: nullable(name),
  }),
  run: RUN,
  timings: object({ loadMs: number, decodeMs: number, imageMs: number }),
  error: optional(
    object({
      code: oneOf(...ERROR_CODES),
      message: text(MAX_SENTENCE),
    }),
  ),
  notices: listOf(text(MAX_SENTENCE), MAX_NOTICES),
  ties: optional(count),
  places: optional(
    object({
      model: text(MAX_PATH),
      imageDecoder: optional(text(MAX_PATH)),
      textEncoder: optional(text(MAX_PATH)),
      caption: optional(text(MAX_PATH)),
    }),
  ),
  branch: optional(
    object({
      parent: object({ file: text(MAX_SENTENCE), madeAt: integer(0, 8.64e15), seed: count }),
      step: optional(integer(0, MAX_STEPS)),
      fromRow: optional(integer(1, 4096)),
      set: CHANGES,
      forbid: CHANGES,
    }),
  ),
  steps: integer(0, MAX_STEPS),
  leastSteps: integer(0, MAX_STEPS),
  tracks: listOf(
    object({
      name,
      label: name,
      unit: name,
      low: number,
      high: nullable(number),
      lowWord: name,
      highWord: name,
      digits: integer(0, 9),
    }),
    MAX_TRACKS,
  ),
  events: integer(0, MAX_EVENTS),
  fed: object({ steps: integer(0, MAX_STEPS), tokens: integer(0, MAX_FED), isTimed: flag }),
});
