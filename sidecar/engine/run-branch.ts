import { branchPast, BranchError, type Branch } from '../decoding/branch';
import { configureDecoder } from '../decoding/decoder-table';
import { PastStepsError, pastUntil, type PastSteps } from '../decoding/past-steps';
import { UNDECIDED, type GridShape } from '../decoding/token-grid';
import type { BranchRequest, RunSettings, RunStart } from '../protocol';
import type { RunBranch, RunRecord } from '../trace-file/run-record';
import { readRecord, requireSameOrigin } from './read-record';
import { RequestError } from './request-error';
import { comparable, type RunPast } from './run-past';
import { startOfBranch } from './run-start';
import { sentence } from '../protocol/sentence';

/** The run that is planned as a branch. */
interface PlannedBranch {
  readonly settings: RunSettings;
  readonly weights: string;
  readonly grid: GridShape;
  /** Number of tokens in the model's codebook. */
  readonly codes: number;
}

/** What a branch takes over from its parent. */
export interface BranchStart {
  readonly branch: RunBranch;
  /** Undefined when the branch begins at the prompt. */
  readonly past: RunPast | undefined;
  /** The picture that the parent began with, and the rows of it that the branch keeps. */
  readonly start: RunStart | undefined;
}

/**
 * Reads the parent of a branch, and the steps after which the branch goes on.
 * @throws RequestError when the file cannot be read, its run is another model's, or a change does not fit it
 */
export async function readBranch(request: BranchRequest, planned: PlannedBranch): Promise<BranchStart> {
  const { file, ...changes } = request;
  const record = await readRecord(file);
  requireSameModel(file, record, planned);
  const { origin, run } = record;
  const parent = { file, madeAt: origin.madeAt, seed: run.settings.seed };
  const past = pastOf(request, record, planned);
  const kept = past?.tokens.filter((token) => token !== UNDECIDED).length ?? 0;
  const start = startOfBranch(run.start, kept, planned.grid.width);
  return { branch: { ...changes, parent }, past, start };
}

function requireSameModel(file: string, { run, origin }: RunRecord, planned: PlannedBranch): void {
  const { settings, grid } = planned;
  requireSameOrigin(file, origin, planned, 'no branch of it can be made');
  if (run.grid[0] !== grid.height || run.grid[1] !== grid.width)
    throw new RequestError(
      sentence`${file} has a grid of ${run.grid.join('x')} tokens, and the branch one of ${grid.height}x${grid.width}; leave the grid out.`,
    );
  if (JSON.stringify(shown(run.settings)) !== JSON.stringify(shown(settings)))
    throw new RequestError(
      sentence`${file} shows something else than the branch is to show; leave the prompt, class or caption out.`,
    );
}

/** What the picture shows. A branch may change all other settings. */
function shown(settings: RunSettings): readonly (string | undefined)[] {
  const { condition, suffix, negative } = comparable(settings);
  return [condition, suffix, negative];
}

function pastOf(
  request: BranchRequest,
  { run, snapshot, ties, fed }: RunRecord,
  { settings, grid, codes }: PlannedBranch,
): RunPast | undefined {
  const { stepMs, events, tracks } = snapshot;
  const isOther = JSON.stringify(comparable(run.settings)) !== JSON.stringify(comparable(settings));
  const whole: PastSteps = { steps: snapshot.step, tokens: snapshot.tokens, stepOf: snapshot.stepOf };
  const past = resumable(branchOf(request), { grid, past: whole, events, codes }, isOther, settings);
  if (past.steps === 0) return undefined;
  const isRenumbered = request.fromRow !== undefined;
  const kept = isRenumbered ? new Float32Array(past.steps) : stepMs.slice(0, past.steps);
  const changed = new Set(request.set.map(({ cell }) => cell));
  return {
    ...past,
    // The model did not draw a changed token, so nothing is known of its probability.
    tracks: tracks.map(({ name, values }) => ({
      name,
      values: values.map((value, cell) => (changed.has(cell) ? 0 : value)),
    })),
    stepMs: kept,
    events: isRenumbered ? [] : events,
    ties: ties ?? 0,
    fed: isRenumbered ? [] : fed,
    decodeMs: kept.reduce((sum, ms) => sum + ms, 0),
    startedAt: Date.now(),
  };
}

/** The steps after which the decoder can go on. @throws RequestError */
function resumable(
  branch: Branch,
  parent: Parameters<typeof branchPast>[0],
  isOther: boolean,
  { decoder, decoderSettings }: RunSettings,
): PastSteps {
  const configured = configureDecoder({ decoder, settings: decoderSettings });
  if (!configured.resumesAfter)
    throw new RequestError(
      sentence`The decoder ${decoder} cannot go on from a step, because its next step depends on drafts that no file keeps; choose raster, zipar or zipar-adaptive.`,
    );
  try {
    const past = branchPast(parent, branch, isOther);
    return past.steps === 0 ? past : pastUntil(past, configured.resumesAfter(past, parent.grid));
  } catch (cause) {
    if (cause instanceof BranchError) throw new RequestError(cause.message, { cause });
    if (!(cause instanceof PastStepsError)) throw cause;
    throw new RequestError(
      sentence`${decoder} with these settings cannot go on from there: rows below are too far ahead. Choose another step, leave the lookahead out, or draw whole rows again.`,
      { cause },
    );
  }
}

/** @throws RequestError when the request names no place, or two */
function branchOf({ step, fromRow, set, forbid }: BranchRequest): Branch {
  if (step !== undefined && fromRow !== undefined)
    throw new RequestError(sentence`A branch goes on after a step or draws rows again; name one of the two.`);
  if (fromRow !== undefined) return { from: { row: fromRow }, set, forbid };
  if (step !== undefined) return { from: { step }, set, forbid };
  throw new RequestError(
    sentence`A branch needs the step after which it goes on, or the first row that is drawn again.`,
  );
}

/** Bounds for the steps of a branch whose schedule is not its decoder's alone. */
export function branchSteps({ steps, tokens }: PastSteps): { readonly least: number; readonly most: number } {
  const open = tokens.filter((token) => token === UNDECIDED).length;
  return { least: steps + Math.min(open, 1), most: steps + open };
}
