import type { StepEvent } from '../protocol';
import { SentenceError, sentence } from '../protocol/sentence';
import { UNDECIDED, type GridShape, type RasterPosition } from './token-grid';

/** What the steps of an earlier run decided. A decoder goes on after them. */
export interface PastSteps {
  /** Number of steps that were done. The prompt's step counts. 0 if nothing of the earlier run is kept. */
  readonly steps: number;
  /** [H*W] in raster order, UNDECIDED for cells without a token. */
  readonly tokens: Int32Array;
  /** [H*W] 1-based step that decided the cell, or UNDECIDED. */
  readonly stepOf: Int32Array;
  /**
   * Whether the steps are those of another decoder, or were changed afterwards. The decoder that goes on then takes these steps unchanged, even if they do not fit its own schedule.
   */
  readonly isForeign?: boolean | undefined;
  /** How the earlier run went on afterwards. Absent when that is not known. */
  readonly later?: LaterSteps | undefined;
}

/** How an earlier run went on after its past steps. */
export interface LaterSteps {
  /** [H*W] in raster order, UNDECIDED for cells without a token. A lookahead takes them as its first drafts. */
  readonly tokens: Int32Array;
  /** The events of all steps. They tell which candidate a row waited with. */
  readonly events: readonly StepEvent[];
}

/** No decoder with these settings can have taken these steps. */
export class PastStepsError extends SentenceError {
  override readonly name = 'PastStepsError';
}

/** The past up to a step. @param steps 0 or more; 0 keeps no cell */
export function pastUntil(past: PastSteps, steps: number): PastSteps {
  const isPast = (cell: number): boolean => {
    const step = past.stepOf[cell] ?? UNDECIDED;
    return step !== UNDECIDED && step <= steps;
  };
  return {
    ...past,
    steps: Math.min(steps, past.steps),
    tokens: past.tokens.map((token, cell) => (isPast(cell) ? token : UNDECIDED)),
    stepOf: past.stepOf.map((step, cell) => (isPast(cell) ? step : UNDECIDED)),
  };
}

/**
 * The number of decided cells of each row.
 * @throws PastStepsError when they do not lie at the beginning of their row, or the past has another grid
 */
export function decidedInRows({ tokens }: PastSteps, { height, width }: GridShape): Int32Array {
  if (tokens.length !== height * width)
    throw new PastStepsError(
      sentence`The earlier steps are of ${tokens.length} cells, not ${height}x${width}.`,
    );
  return Int32Array.from({ length: height }, (_, row) => {
    const cells = tokens.subarray(row * width, (row + 1) * width);
    const count = cells.findIndex((token) => token === UNDECIDED);
    if (count === -1) return width;
    if (cells.subarray(count).some((token) => token !== UNDECIDED)) throw impossible(row * width + count);
    return count;
  });
}

/**
 * The decided cells in the order of their steps, in groups that a row feed can take. A group has at most one cell of a row. In each row, the left cell is in an earlier group than its right neighbour. A step with several cells of one row becomes several groups.
 */
export function* oneOfEachRow(
  past: PastSteps,
  { width }: GridShape,
): Generator<readonly RasterPosition[], void, void> {
  const bySteps: RasterPosition[][] = Array.from({ length: past.steps + 1 }, () => []);
  for (const [cell, step] of past.stepOf.entries()) bySteps[step]?.push(cell);
  for (let cells of bySteps) {
    while (cells.length > 0) {
      const group = cells.filter((cell, i) => i === 0 || rowOf(cell) !== rowOf(cells[i - 1] ?? cell));
      yield group;
      const taken = new Set(group);
      cells = cells.filter((cell) => !taken.has(cell));
    }
  }

  function rowOf(cell: RasterPosition): number {
    return Math.floor(cell / width);
  }
}

/** The error for a cell in an impossible state: no decoder with these settings can have decided it so, or left it undecided. */
export function impossible(cell: RasterPosition): PastStepsError {
  return new PastStepsError(sentence`The earlier steps do not fit these settings, as cell ${cell} shows.`);
}
