import type { StepBounds } from '../decoder';
import type { GridShape, RasterPosition } from '../token-grid';

/**
 * How row 1 begins. `windowed`: as every other row, once row 0 is a window ahead (the paper).
 * `sequential`: once row 0 is complete (the authors' LlamaGen code).
 */
export type FirstRow = 'windowed' | 'sequential';

/**
 * How a row's first token is decided. `fixed`: in the pass in which the row above is a window ahead.
 * `adaptive`: a candidate is drawn in that pass and judged in each following one, until it is accepted or the row above
 * is complete (the paper, section 3.3); the window is the least lead then.
 */
export type RowStart = 'fixed' | 'adaptive';

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
 * How far each row is, and so which cells the next pass may decide. ZipAR's rule (arXiv 2412.04062, Eq. 1): cell (r, c)
 * may be decided in a pass when all of (r-1, k), c <= k < min(c+window, W), were decided in earlier ones. Row 0 has no
 * such condition; inside a row cells come one a pass, left to right. Raster order is the special case window = W.
 *
 * A pass decides every cell that is due, but may leave a row's first cell open while the row above is not complete: it
 * is due again in the next pass. So fixed and adaptive row starts are one schedule; who walks it says what was decided.
 * A row that starts late has Eq. 1 hold for its other cells by itself, because it and the row above go on at one cell
 * a pass: the lead that sufficed for (r, 0) is kept, and only the end of the row above can shorten it.
 */
export class RowFronts {
  /** Cells decided in each row. */
  private readonly decided: Int32Array;
  private firstUnfinished = 0;

  /** @throws WindowError */
  constructor(private readonly options: ScheduleOptions) {
    checkWindow(options.window, options.grid);
    this.decided = new Int32Array(options.grid.height);
  }

  get isComplete(): boolean {
    return this.firstUnfinished === this.options.grid.height;
  }

  /** Cells that the next pass may decide, in the order of rows; none only when all are decided. */
  due(): readonly RasterPosition[] {
    const { height, width } = this.options.grid;
    const cells: RasterPosition[] = [];
    // Rows below the first one that may not go on cannot either: each needs the row above to be ahead.
    for (let row = this.firstUnfinished; row < height; row++) {
      const column = this.decidedIn(row);
      if (row > 0 && this.decidedIn(row - 1) < this.leadNeeded(row, column)) break;
      cells.push(row * width + column);
    }
    return cells;
  }

  /** Notes what the pass decided: the cells that were due, but perhaps a row's first. */
  advance(cells: readonly RasterPosition[]): void {
    const { height, width } = this.options.grid;
    for (const cell of cells) {
      const row = Math.floor(cell / width);
      this.decided[row] = this.decidedIn(row) + 1;
    }
    while (this.firstUnfinished < height && this.decidedIn(this.firstUnfinished) === width)
      this.firstUnfinished++;
  }

  /** Fewest passes that the undecided cells take from here on. Exact with fixed row starts. */
  leastPassesLeft(rowStart: RowStart): number {
    const { height, width } = this.options.grid;
    const newest = this.decided.findLastIndex((count) => count > 0);
    if (newest === height - 1) return width - this.decidedIn(newest);
    const untilNext = newest === -1 ? 1 : this.leastLead(newest + 1, rowStart) - this.decidedIn(newest) + 1;
    // Less than 1 where a candidate waits: the row above is further ahead than it had to be.
    let untilLast = Math.max(1, untilNext);
    for (let row = newest + 2; row < height; row++) untilLast += this.leastLead(row, rowStart);
    return untilLast + width - 1;
  }

  private decidedIn(row: number): number {
    return this.decided[row] ?? 0;
  }

  /** Cells of the row above that must be decided before (row, column). */
  private leadNeeded(row: number, column: number): number {
    const { grid, window, firstRow } = this.options;
    if (row === 1 && firstRow === 'sequential') return grid.width;
    return Math.min(column + window, grid.width);
  }

  /** Cells of the row above that are decided when a row starts, at least. */
  private leastLead(row: number, rowStart: RowStart): number {
    // The pass that draws a candidate never accepts it, but to a row that is complete there is nothing to wait for.
    const judging = rowStart === 'adaptive' ? 1 : 0;
    return Math.min(this.leadNeeded(row, 0) + judging, this.options.grid.width);
  }
}

/**
 * The cells that each pass decides with fixed row starts: step by step, in the order of rows, at least one.
 * @throws WindowError
 */
export function* ziparSchedule(options: ScheduleOptions): Generator<readonly RasterPosition[], void, void> {
  const fronts = new RowFronts(options);
  while (!fronts.isComplete) {
    const cells = fronts.due();
    fronts.advance(cells);
    yield cells;
  }
}

/**
 * Forward passes of a run, counted on the schedule itself.
 *
 * Fixed: W + (H-1)*window (`windowed`) or 2W + (H-2)*window (`sequential`, H >= 2).
 * Adaptive: between what a fixed window of min(window+1, W) takes, every first candidate being accepted in the pass after
 * it was drawn, and raster order, every row waiting until the one above is complete.
 * @throws WindowError
 */
export function countSteps(options: ScheduleOptions & { readonly rowStart: RowStart }): StepBounds {
  const { grid, window, rowStart } = options;
  checkWindow(window, grid);
  if (rowStart === 'fixed') {
    const steps = countFixed(options);
    return { least: steps, most: steps };
  }
  return {
    least: countFixed({ ...options, window: Math.min(window + 1, grid.width) }),
    most: countFixed({ ...options, window: grid.width }),
  };
}

/** Rows that are under way at once, at most: each decides one token a step. */
export function mostTokensAStep({
  grid,
  window,
  rowStart,
}: ScheduleOptions & { readonly rowStart: RowStart }): number {
  // The pass that draws a candidate never accepts it, so adaptive rows start a step further apart.
  const lead = Math.min(rowStart === 'adaptive' ? window + 1 : window, grid.width);
  return Math.min(grid.height, Math.ceil(grid.width / lead));
}

function countFixed(options: ScheduleOptions): number {
  let steps = 0;
  for (const cells of ziparSchedule(options)) steps += cells.length > 0 ? 1 : 0;
  return steps;
}
