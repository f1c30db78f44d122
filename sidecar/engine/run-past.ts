import { configureDecoder } from '../decoding/decoder-table';
import { PastStepsError, pastUntil, type PastSteps } from '../decoding/past-steps';
import type { GridShape } from '../decoding/token-grid';
import type { TracePast } from '../decoding/trace';
import type { Condition, RunSettings, RunStart } from '../protocol';
import type { RunBranch, RunRecord } from '../trace-file/run-record';
import { readRecord, requireSameOrigin } from './read-record';
import { RequestError } from './request-error';
import { sentence } from '../protocol/sentence';

/** The run after whose steps another one goes on. */
export interface RunPast extends TracePast {
  /** Time that its steps took, ms. */
  readonly decodeMs: number;
  /** When it began, in ms since 1970. */
  readonly startedAt: number;
  /** What a branch changed. A branch that goes on after an interruption still has it. */
  readonly branch?: RunBranch | undefined;
  /** The picture whose rows are among these steps. */
  readonly start?: RunStart | undefined;
}

/** What a decoder needs of a run's past: every field of {@link PastSteps}, and no other. The inference thread is sent this alone. */
export function pastSteps({ steps, tokens, stepOf, isForeign, later }: RunPast): PastSteps {
  return { steps, tokens, stepOf, isForeign, later } satisfies Record<keyof PastSteps, unknown>;
}

/** What must be the same for a run to go on with the same tokens. */
interface PlannedRun {
  readonly settings: RunSettings;
  readonly weights: string;
  readonly grid: GridShape;
}

/**
 * Reads the steps after which a run goes on.
 * @param file a `.zipar` file, or a PNG with a trace
 * @returns undefined when the run must begin again, because no step is known after which it could go on
 * @throws RequestError when the file cannot be read, or its run is not the planned one
 */
export async function readPast(file: string, planned: PlannedRun): Promise<RunPast | undefined> {
  const record = await readRecord(file);
  requireSameRun(file, record, planned);
  const { snapshot, timings, ties, fed } = record;
  // The schedule of a branch, and of a run that began with a picture, is not its decoder's alone.
  const isForeign = record.branch !== undefined || record.run.start !== undefined;
  const whole = { steps: snapshot.step, tokens: snapshot.tokens, stepOf: snapshot.stepOf, isForeign };
  const steps = resumedAfter(file, whole, planned);
  if (steps === 0) return undefined;
  const stepMs = snapshot.stepMs.slice(0, steps);
  const decodeMs = steps === whole.steps ? timings.decodeMs : stepMs.reduce((sum, ms) => sum + ms, 0);
  return {
    ...pastUntil(whole, steps),
    ...{ tracks: snapshot.tracks, stepMs, events: snapshot.events, ties: ties ?? 0, fed },
    ...{ decodeMs, startedAt: record.origin.madeAt, branch: record.branch, start: record.run.start },
  };
}

/** @throws RequestError naming the first thing that differs */
function requireSameRun(file: string, { run, origin }: RunRecord, planned: PlannedRun): void {
  const { settings, grid } = planned;
  requireSameOrigin(file, origin, planned, sentence`its run cannot go on`);
  const [height, width] = run.grid;
  const recorded = { ...comparable(run.settings), grid: `${height}x${width}` };
  const wanted = { ...comparable(settings), grid: `${grid.height}x${grid.width}` };
  for (const [name, value] of Object.entries(recorded)) {
    const other = Object.entries(wanted).find(([known]) => known === name)?.[1];
    if (other !== value)
      throw new RequestError(
        sentence`${file} was made with ${name} ${value}, so its run cannot go on with ${other ?? 'none'}; leave that setting out.`,
      );
  }
}

/** The settings that tokens depend on, as texts. The model is known by its weights, and the provider changes no token. */
export function comparable(settings: RunSettings): Readonly<Record<string, string>> {
  const { condition, decoderSettings, suffix, negative, ...others } = settings;
  const { decoder, precision, seed, guidance, temperature, topK, topP, greedy } = others;
  return {
    ...{ condition: conditionText(condition), suffix: suffix ?? 'none', negative: negative ?? 'none' },
    ...texts({ decoder, precision, seed, guidance, temperature, topK, topP, greedy }),
    ...texts(decoderSettings),
  };
}

function texts(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/** A condition in a word. A file does not tell in which folder its captions were. */
function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case 'prompt':
      return JSON.stringify(condition.prompt);
    case 'class':
      return `class ${condition.label}`;
    case 'caption':
      return condition.file.split(/[\\/]/).at(-1) ?? '';
  }
}

/** The step after which the planned run goes on. @throws RequestError */
function resumedAfter(
  file: string,
  past: Parameters<typeof pastUntil>[0],
  { settings, grid }: PlannedRun,
): number {
  if (past.steps === 0) return 0;
  const { decoder, decoderSettings } = settings;
  const configured = configureDecoder({ decoder, settings: decoderSettings });
  if (!configured.resumesAfter)
    throw new RequestError(
      sentence`${file} was decoded by ${decoder}, whose next step depends on drafts that no file keeps; make the picture again with --like.`,
    );
  try {
    return configured.resumesAfter(past, grid);
  } catch (cause) {
    if (!(cause instanceof PastStepsError)) throw cause;
    throw new RequestError(sentence`${file} is damaged: ${cause.sentence}`, { cause });
  }
}
