import type { StepBounds } from '../decoder';
import type { GridShape, RasterPosition } from '../token-grid';
import { sentence, SentenceError } from '../../protocol/sentence';

/**
 * The rule for the start of row 1, the second row.
 * `windowed`: when row 0 is a window ahead, as for every other row (the paper).
 * `sequential`: when row 0 is complete (the authors' published code).
 */
export type FirstRow = 'windowed' | 'sequential';

/**
 * The rule for the first token of a row.
 * `fixed`: the token is decided in the step in which the row above is a window ahead.
 * `adaptive`: in that step, a candidate is drawn. Each following step judges the candidate, until it is accepted or the row
 * above is complete (section 3.3 of the paper). The row above is then ahead by at least the window.
 */
export type RowStart = 'fixed' | 'adaptive';

/** The settings that say when each cell may be decided. */
export interface ScheduleOptions {
  readonly grid: GridShape;
  /** The number of tokens that a row must be ahead of the next row, 1..W. W is raster order. */
  readonly window: number;
  readonly firstRow: FirstRow;
}

/** The error for a window that does not suit the grid. */
export class WindowError extends SentenceError {
  override readonly name = 'WindowError';
}

/** Checks a window. @throws WindowError when it is not an integer in 1..W */
function checkWindow(window: number, grid: GridShape): void {
  if (!Number.isInteger(window) || window < 1 || window > grid.width) {
    throw new WindowError(
      sentence`Window ${window} is outside 1..${grid.width}, the width of the token grid; choose a number in that range.`,
    );
  }
}

/**
 * Knows the decided cells of each row, and computes which cells the next step may decide.
 *
 * ZipAR's rule is Eq. 1 of arXiv 2412.04062. A step may decide cell (r, c) when earlier steps have decided all cells (r-1, k)
 * with c <= k < min(c+window, W). Row 0 has no such condition. In each row, a step decides at most one cell, from left to
 * right. Raster order is the special case window = W.
 *
 * A cell is *due* when the next step may decide it. A step decides every cell that is due, with one exception: a row's first
 * cell may stay undecided while the row above is not complete. It is due again in the next step. So this class serves fixed and
 * adaptive row starts, and the caller says which cells were decided.
 *
 * Eq. 1 also holds for the other cells of a row that starts late. Then both rows decide one cell in each step, so the distance
 * between them stays the same. It becomes smaller only after the row above is complete.
 */
export class RowFronts {
  /** The number of decided cells of each row. */
  private readonly decided: Int32Array;
  /** The number of the first row that is not complete. */
  private firstUnfinished = 0;

  /** @throws WindowError */
  constructor(private readonly options: ScheduleOptions) {
    checkWindow(options.window, options.grid);
    this.decided = new Int32Array(options.grid.height);
  }

  get isComplete(): boolean {
    return this.firstUnfinished === this.options.grid.height;
  }

  /** The cells that the next step may decide, in the order of rows; empty only if all cells are decided. */
  due(): readonly RasterPosition[] {
    const { height, width } = this.options.grid;
    const cells: RasterPosition[] = [];
    // If a row must wait, the rows below it must wait, too, because each row needs the row above to be ahead.
    for (let row = this.firstUnfinished; row < height; row++) {
      const column = this.decidedIn(row);
      if (row > 0 && this.decidedIn(row - 1) < this.leadNeeded(row, column)) break;
      cells.push(row * width + column);
    }
    return cells;
  }

  /** Records the cells that the step decided. These are all cells that were due, except perhaps a row's first cell. */
  advance(cells: readonly RasterPosition[]): void {
    const { height, width } = this.options.grid;
    for (const cell of cells) {
      const row = Math.floor(cell / width);
      this.decided[row] = this.decidedIn(row) + 1;
    }
    while (this.firstUnfinished < height && this.decidedIn(this.firstUnfinished) === width)
      this.firstUnfinished++;
  }

  /** The least number of steps to the end. With fixed row starts, it is the exact number. */
  leastStepsLeft(rowStart: RowStart): number {
    const { height, width } = this.options.grid;
    const newest = this.decided.findLastIndex((count) => count > 0);
    if (newest === height - 1) return width - this.decidedIn(newest);
    const untilNext = newest === -1 ? 1 : this.leastLead(newest + 1, rowStart) - this.decidedIn(newest) + 1;
    // While a candidate waits, `untilNext` is less than 1, because the row above is already ahead by more than the window.
    let untilLast = Math.max(1, untilNext);
    for (let row = newest + 2; row < height; row++) untilLast += this.leastLead(row, rowStart);
    return untilLast + width - 1;
  }

  private decidedIn(row: number): number {
    return this.decided[row] ?? 0;
  }

  /** The number of cells of the row above that must be decided before the cell (row, column). */
  private leadNeeded(row: number, column: number): number {
    const { grid, window, firstRow } = this.options;
    if (row === 1 && firstRow === 'sequential') return grid.width;
    return Math.min(column + window, grid.width);
  }

  /** The least number of decided cells of the row above when the first cell of a row is decided. */
  private leastLead(row: number, rowStart: RowStart): number {
    // The step that draws a candidate does not accept it, so the row waits one more step, unless the row above is complete.
    const judging = rowStart === 'adaptive' ? 1 : 0;
    return Math.min(this.leadNeeded(row, 0) + judging, this.options.grid.width);
  }
}

/**
 * The cells that each step decides with fixed row starts, at least one in each step. The cells of a step are in the order of
 * rows.
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
 * The number of steps of a run, counted with the schedule itself. H is the height of the grid, and W the width.
 *
 * Fixed row starts: W + (H-1)*window (`windowed`), or 2W + (H-2)*window (`sequential`, H >= 2).
 * Adaptive row starts: at least the steps of a fixed window of min(window+1, W). A run takes this number if every candidate is
 * accepted in the step after its draw. At most the steps of raster order. A run takes this number if every row waits until the
 * row above is complete.
 * @throws WindowError when the window does not suit the grid
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

/** The most tokens that one step decides: one for each row that is decoded at the same time. */
export function mostTokensAStep({
  grid,
  window,
  rowStart,
}: ScheduleOptions & { readonly rowStart: RowStart }): number {
  // The step that draws a candidate does not accept it. So with adaptive row starts, a row is ahead by one token more.
  const lead = Math.min(rowStart === 'adaptive' ? window + 1 : window, grid.width);
  return Math.min(grid.height, Math.ceil(grid.width / lead));
}

function countFixed(options: ScheduleOptions): number {
  let steps = 0;
  for (const cells of ziparSchedule(options)) steps += cells.length > 0 ? 1 : 0;
  return steps;
}
