import type { RowRange } from '../row-range';
import type { GridShape } from '../token-grid';

/** When rows start, and how far they draft. */
export interface PjdFrontOptions {
  readonly grid: GridShape;
  /** Tokens of a row that must be decided before the next row starts: 1..W. */
  readonly context: number;
  /** Cells of each row that a step evaluates at most, 1 or more. */
  readonly draftWindow: number;
}

/**
 * How far each row is decided, and so which cells a step evaluates. A row starts in the step after the one in which the row
 * above has `context` tokens. It never gets ahead of the row above.
 */
export class PjdFronts {
  /** Decided cells of each row. They lie at its beginning. */
  readonly decided: Int32Array;

  constructor(
    private readonly options: PjdFrontOptions,
    decided: ArrayLike<number> = new Int32Array(options.grid.height),
  ) {
    this.decided = Int32Array.from(decided);
  }

  get isComplete(): boolean {
    const { height, width } = this.options.grid;
    return this.decidedIn(height - 1) === width;
  }

  decidedIn(row: number): number {
    return this.decided[row] ?? 0;
  }

  /** The topmost row that is not complete. */
  get topmost(): number {
    return this.decided.findIndex((count) => count < this.options.grid.width);
  }

  /** The cells that the next step evaluates, row by row from the top. The first step evaluates the first cell. */
  due(): readonly RowRange[] {
    const { grid, context, draftWindow } = this.options;
    if (this.decidedIn(0) === 0) return [{ row: 0, from: 0, to: 1 }];
    const due: RowRange[] = [];
    for (let row = 0; row < grid.height; row++) {
      const from = this.decidedIn(row);
      const above = row === 0 ? grid.width : this.decidedIn(row - 1);
      if (from === 0 && above < context) break;
      const to = Math.min(from + draftWindow, above);
      if (to > from) due.push({ row, from, to });
    }
    return due;
  }

  /** The steps that are left if every draft is kept: no run takes fewer. */
  leastStepsLeft(): number {
    const ideal = new PjdFronts(this.options, this.decided);
    let steps = 0;
    for (; !ideal.isComplete; steps++) for (const { row, to } of ideal.due()) ideal.decided[row] = to;
    return steps;
  }
}
