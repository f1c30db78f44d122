import type { RowRange } from '../row-range';
import type { GridShape } from '../token-grid';

/** The settings that say when a row starts, and how many of its cells a step evaluates. */
export interface PjdFrontOptions {
  readonly grid: GridShape;
  /** The number of tokens that a row must have before the next row starts, 1..W. */
  readonly context: number;
  /** The most cells of each row that a step evaluates, 1 or more. */
  readonly draftWindow: number;
}

/**
 * Knows the decided cells of each row, and computes which cells the next step evaluates. A row starts in the step after the row
 * above got its `context` tokens. A row never has more decided cells than the row above.
 */
export class PjdFronts {
  /** The number of decided cells of each row. They are the first cells of the row. */
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

  /** The number of decided cells of a row. */
  decidedIn(row: number): number {
    return this.decided[row] ?? 0;
  }

  /** The number of the topmost row that is not complete; -1 when all rows are complete. */
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

  /** The number of steps to the end if all drafts are confirmed. No run takes fewer steps. */
  leastStepsLeft(): number {
    const ideal = new PjdFronts(this.options, this.decided);
    let steps = 0;
    for (; !ideal.isComplete; steps++) for (const { row, to } of ideal.due()) ideal.decided[row] = to;
    return steps;
  }
}
