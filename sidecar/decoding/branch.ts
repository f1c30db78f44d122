import { pastUntil, type PastSteps } from './past-steps';
import { UNDECIDED, type CodebookIndex, type GridShape, type RasterPosition } from './token-grid';
import type { StepEvent } from '../protocol';
import type { ForbiddenToken } from './forbidding-forward';
import { SentenceError, sentence } from '../protocol/sentence';

/** Where a run branches off from an earlier one, and what is other from there on. */
export interface Branch {
  /** The step of the earlier run after which the new run goes on; or the first row that is drawn again. */
  readonly from: { readonly step: number } | { readonly row: number };
  /** Other tokens for cells that the earlier run had decided by then. */
  readonly set: readonly { readonly cell: RasterPosition; readonly token: CodebookIndex }[];
  /** Forbidden tokens of undecided cells. A cell must not get its forbidden token. */
  readonly forbid: readonly ForbiddenToken[];
}

/** The branch does not fit the earlier run. The message names the value, and what to do. */
export class BranchError extends SentenceError {
  override readonly name = 'BranchError';
}

/** An earlier run, as its trace tells of it. */
export interface ParentRun {
  readonly grid: GridShape;
  readonly past: PastSteps;
  /** The events of its steps. */
  readonly events: readonly StepEvent[];
  /** Number of tokens in the codebook; undefined when the model is not known. */
  readonly codes: number | undefined;
}

/**
 * The steps after which a branch goes on.
 * @param isOther whether the new run has other settings than the earlier one
 * @returns steps 0 when the branch keeps nothing of the earlier run
 * @throws BranchError
 */
export function branchPast(parent: ParentRun, branch: Branch, isOther: boolean): PastSteps {
  const { grid, codes } = parent;
  for (const { cell, token } of [...branch.set, ...branch.forbid])
    checkToken(cellText(cell, grid), token, codes);
  const kept = 'row' in branch.from ? keptRows(parent, branch.from.row) : keptSteps(parent, branch.from.step);
  const tokens = kept.tokens.slice();
  for (const { cell, token } of branch.set) {
    if (tokens[cell] === UNDECIDED) throw notDecided(cell, parent, branch);
    tokens[cell] = token;
  }
  for (const { cell } of branch.forbid) {
    if (tokens[cell] !== UNDECIDED) throw decidedBefore(cell, parent);
  }
  const isForeign = isOther || 'row' in branch.from || branch.set.length > 0 || branch.forbid.length > 0;
  return { ...kept, tokens, isForeign, later: { tokens: parent.past.tokens, events: parent.events } };
}

function keptSteps({ past }: ParentRun, step: number): PastSteps {
  if (!Number.isInteger(step) || step < 0 || step > past.steps)
    throw new BranchError(
      sentence`Step ${step} is outside 0..${past.steps}, the steps of the run; choose one of them.`,
    );
  return pastUntil(past, step);
}

/** The rows above a row. Their steps are renumbered as raster order would decide these cells. */
function keptRows({ past, grid }: ParentRun, row: number): PastSteps {
  const { height, width } = grid;
  if (!Number.isInteger(row) || row < 1 || row >= height)
    throw new BranchError(
      sentence`Row ${row + 1} is outside 2..${height}, the rows that can be drawn again below others.`,
    );
  const cells = row * width;
  const open = past.tokens.subarray(0, cells).indexOf(UNDECIDED);
  if (open !== -1)
    throw new BranchError(
      sentence`The run has not decided ${cellText(open, grid)}, so row ${row + 1} cannot be drawn below it; choose an earlier row.`,
    );
  return {
    steps: cells,
    tokens: past.tokens.map((token, cell) => (cell < cells ? token : UNDECIDED)),
    stepOf: past.stepOf.map((_, cell) => (cell < cells ? cell + 1 : UNDECIDED)),
  };
}

function checkToken(place: string, token: CodebookIndex, codes: number | undefined): void {
  if (Number.isInteger(token) && token >= 0 && token < (codes ?? Infinity)) return;
  throw new BranchError(
    sentence`Token ${token} for ${place} is outside 0..${codes === undefined ? '' : codes - 1}, the codebook of the model; choose one in that range.`,
  );
}

function notDecided(cell: RasterPosition, { past, grid }: ParentRun, { from }: Branch): BranchError {
  const place = cellText(cell, grid);
  if ('row' in from)
    return new BranchError(
      sentence`${place} is drawn again, so it cannot be set; name a cell above row ${from.row + 1}.`,
    );
  const step = past.stepOf[cell] ?? UNDECIDED;
  return new BranchError(
    step === UNDECIDED
      ? sentence`The run never decided ${place}, so it cannot be set; name a cell that it decided.`
      : sentence`${place} is not decided yet at step ${from.step}, so it cannot be set; branch at step ${step} or later.`,
  );
}

function decidedBefore(cell: RasterPosition, { past, grid }: ParentRun): BranchError {
  const step = past.stepOf[cell] ?? 1;
  return new BranchError(
    sentence`${cellText(cell, grid)} is decided in step ${step}, so a token cannot be forbidden there any more; branch at step ${step - 1} or earlier.`,
  );
}

function cellText(cell: RasterPosition, { width }: GridShape): string {
  return `row ${Math.floor(cell / width) + 1}, column ${(cell % width) + 1}`;
}
