import type { GridShape, RasterPosition } from './token-grid';

/**
 * How row 1 begins. `windowed`: as every other row, once row 0 is a window ahead (the paper).
 * `sequential`: once row 0 is complete (the authors' LlamaGen code).
 */
export type FirstRow = 'windowed' | 'sequential';

/** When each cell may be decoded. */
export interface ScheduleOptions {
  readonly grid: GridShape;
  /** Tokens that row r must be ahead of row r+1: 1..W. W is raster order. */
  readonly window: number;
  readonly firstRow: FirstRow;
}

/** A window that the grid does not allow. */
export class WindowError extends Error {
  override readonly name = 'WindowError';
}

/** @throws WindowError unless `window` is an integer in 1..W. */
function checkWindow(window: number, grid: GridShape): void {
  if (!Number.isInteger(window) || window < 1 || window > grid.width) {
    throw new WindowError(
      `Window ${window} is outside 1..${grid.width}, the width of the token grid; choose a number in that range.`,
    );
  }
}

/**
 * ZipAR's order of decoding (arXiv 2412.04062, Eq. 1): cell (r, c) may be decoded in a step when all of
 * (r-1, k), c <= k < min(c+window, W), were decoded in earlier steps. Row 0 has no such condition; inside a row
 * cells come one a step, left to right. Raster order is the special case window = W.
 *
 * Yields, step by step, the cells to decide, in the order of rows; at least one each step.
 * Takes W + (H-1)*window steps (`windowed`) or 2W + (H-2)*window (`sequential`, H >= 2).
 * @throws WindowError
 */
export function* ziparSchedule(options: ScheduleOptions): Generator<readonly RasterPosition[], void, void> {
  const { grid, window, firstRow } = options;
  checkWindow(window, grid);
  const { height, width } = grid;
  const decided = new Int32Array(height); // cells decided in each row before the current step
  let firstUnfinished = 0;
  while (firstUnfinished < height) {
    const cells: RasterPosition[] = [];
    // Rows below the first one that may not start cannot start either: each needs the row above to be ahead.
    for (let row = firstUnfinished; row < height; row++) {
      const column = decided[row] ?? 0;
      const leadNeeded = row === 1 && firstRow === 'sequential' ? width : Math.min(column + window, width);
      if (row > 0 && (decided[row - 1] ?? 0) < leadNeeded) break;
      if (column < width) cells.push(row * width + column);
    }
    for (const cell of cells) {
      const row = Math.floor(cell / width);
      decided[row] = (decided[row] ?? 0) + 1;
    }
    while (firstUnfinished < height && decided[firstUnfinished] === width) firstUnfinished++;
    yield cells;
  }
}

/** Forward passes of a schedule, the prompt's included (it yields cell (0,0)), counted on the schedule itself. */
export function countSteps(options: ScheduleOptions): number {
  let steps = 0;
  for (const cells of ziparSchedule(options)) steps += cells.length > 0 ? 1 : 0;
  return steps;
}

/** Forward passes of raster order. A model with row terminators spends one more on each row's end. */
export function countRasterSteps(grid: GridShape, rowTerminators = false): number {
  return grid.height * (grid.width + (rowTerminators ? 1 : 0));
}
