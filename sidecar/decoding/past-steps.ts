import { UNDECIDED, type GridShape, type RasterPosition } from './token-grid';

/** What the steps of an earlier run decided. A decoder goes on after them. */
export interface PastSteps {
  /** Steps that were done, the prompt's step included; at least 1. */
  readonly steps: number;
  /** [H*W] in raster order, UNDECIDED for cells without a token. */
  readonly tokens: Int32Array;
  /** [H*W] 1-based step that decided the cell, or UNDECIDED. */
  readonly stepOf: Int32Array;
}

/** No decoder with these settings can have taken these steps. */
export class PastStepsError extends Error {
  override readonly name = 'PastStepsError';
}

/** The past up to a step. @param steps at least 1 */
export function pastUntil(past: PastSteps, steps: number): PastSteps {
  const isPast = (cell: number): boolean => {
    const step = past.stepOf[cell] ?? UNDECIDED;
    return step !== UNDECIDED && step <= steps;
  };
  return {
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
    throw new PastStepsError(`The earlier steps are of ${tokens.length} cells, not ${height}x${width}.`);
  return Int32Array.from({ length: height }, (_, row) => {
    const cells = tokens.subarray(row * width, (row + 1) * width);
    const count = cells.findIndex((token) => token === UNDECIDED);
    if (count === -1) return width;
    if (cells.subarray(count).some((token) => token !== UNDECIDED)) throw impossible(row * width + count);
    return count;
  });
}

/** The error for a cell that no decoder with these settings left, or decided, in this way. */
export function impossible(cell: RasterPosition): PastStepsError {
  return new PastStepsError(`The earlier steps do not fit these settings, as cell ${cell} shows.`);
}
