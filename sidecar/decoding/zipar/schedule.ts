import type { StepBounds } from '../decoder';
import type { GridShape, RasterPosition } from '../token-grid';

/**
 * When row 1 begins. `windowed`: like every other row, once row 0 is a window ahead (the paper).
 * `sequential`: once row 0 is complete (the authors' published code).
 */
export type FirstRow = 'windowed' | 'sequential';

/**
 * When a row's first token is decided. `fixed`: in the step in which the row above is a window ahead.
 * `adaptive`: a candidate is drawn in that step. Each following step judges it, until it is accepted or the row above is
 * complete (the paper, section 3.3). The window is then the least number of tokens that the row above is ahead.
 */
export type RowStart = 'fixed' | 'adaptive';

/** When each cell may be decoded. */
export interface ScheduleOptions {
  readonly grid: GridShape;
  /** Tokens that row r must be ahead of row r+1: 1..W. W is raster order. */
  readonly window: number;
  readonly firstRow: FirstRow;
}

/** The grid does not allow this window. */
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
 * How far each row is, and so which cells the next step may decide.
 *
 * ZipAR's rule is Eq. 1 of arXiv 2412.04062. A step may decide cell (r, c) when earlier steps decided all of (r-1, k) with
 * c <= k < min(c+window, W). Row 0 has no such condition. Inside a row, a step decides one cell, from left to right. Raster
 * order is the special case window = W.
 *
 * A step decides every cell that is due, with one exception: while the row above is not complete, a row's first cell may
 * stay open. It is due again in the next step. So fixed and adaptive row starts share one schedule, and the caller says
 * which cells were decided.
 *
 * Eq. 1 also holds for the other cells of a row that starts late. The late row and the row above both go on at one cell a
 * step. So the row above stays as far ahead as it was at (r, 0). Only the end of the row above can shorten this distance.
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

  /** Cells that the next step may decide, in the order of rows; empty only when all are decided. */
  due(): readonly RasterPosition[] {
    const { height, width } = this.options.grid;
    const cells: RasterPosition[] = [];
    // If a row may not go on, the rows below it may not either: each row needs the row above to be ahead.
    for (let row = this.firstUnfinished; row < height; row++) {
      const column = this.decidedIn(row);
      if (row > 0 && this.decidedIn(row - 1) < this.leadNeeded(row, column)) break;
      cells.push(row * width + column);
    }
    return cells;
  }

  /** Records the cells that the step decided: all cells that were due, except perhaps a row's first cell. */
  advance(cells: readonly RasterPosition[]): void {
    const { height, width } = this.options.grid;
    for (const cell of cells) {
      const row = Math.floor(cell / width);
      this.decided[row] = this.decidedIn(row) + 1;
    }
    while (this.firstUnfinished < height && this.decidedIn(this.firstUnfinished) === width)
      this.firstUnfinished++;
  }

  /** Fewest steps that the undecided cells still take. Exact with fixed row starts. */
  leastStepsLeft(rowStart: RowStart): number {
    const { height, width } = this.options.grid;
    const newest = this.decided.findLastIndex((count) => count > 0);
    if (newest === height - 1) return width - this.decidedIn(newest);
    const untilNext = newest === -1 ? 1 : this.leastLead(newest + 1, rowStart) - this.decidedIn(newest) + 1;
    // The value is less than 1 while a candidate waits: the row above is further ahead than the window asks for.
    let untilLast = Math.max(1, untilNext);
    for (let row = newest + 2; row < height; row++) untilLast += this.leastLead(row, rowStart);
    return untilLast + width - 1;
  }

  private decidedIn(row: number): number {
    return this.decided[row] ?? 0;
  }

  /** Number of cells of the row above that must be decided before (row, column). */
  private leadNeeded(row: number, column: number): number {
    const { grid, window, firstRow } = this.options;
    if (row === 1 && firstRow === 'sequential') return grid.width;
    return Math.min(column + window, grid.width);
  }

  /** Fewest cells of the row above that are decided when a row starts. */
  private leastLead(row: number, rowStart: RowStart): number {
    // The step that draws a candidate never accepts it. When the row above is complete, there is nothing more to wait for.
    const judging = rowStart === 'adaptive' ? 1 : 0;
    return Math.min(this.leadNeeded(row, 0) + judging, this.options.grid.width);
  }
}

/**
 * The cells that each step decides with fixed row starts: step by step, in the order of rows, at least one cell a step.
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
 * Steps of a run, counted on the schedule itself.
 *
 * Fixed: W + (H-1)*window (`windowed`) or 2W + (H-2)*window (`sequential`, H >= 2).
 * Adaptive: at least the steps of a fixed window of min(window+1, W), when every first candidate is accepted in the step
 * after its draw. At most the steps of raster order, when every row waits until the row above is complete.
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

/** The most rows that are under way at once. Each of them decides one token a step. */
export function mostTokensAStep({
  grid,
  window,
  rowStart,
}: ScheduleOptions & { readonly rowStart: RowStart }): number {
  // The step that draws a candidate never accepts it, so adaptive rows start a step further apart.
  const lead = Math.min(rowStart === 'adaptive' ? window + 1 : window, grid.width);
  return Math.min(grid.height, Math.ceil(grid.width / lead));
}

function countFixed(options: ScheduleOptions): number {
  let steps = 0;
  for (const cells of ziparSchedule(options)) steps += cells.length > 0 ? 1 : 0;
  return steps;
}
