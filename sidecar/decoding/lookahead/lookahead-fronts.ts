import type { RowRange } from '../row-range';
import { timeOf, type BaseScheduleOptions } from './base-schedule';

/** The number of cells that a step evaluates. */
export interface Reach {
  /** The most cells of one row that a step evaluates, the front included; 1 or more. */
  readonly cellsARow: number;
  /** The most cells that a step evaluates in all rows. */
  readonly cells: number;
}

/** A step of the plain decoder. */
export interface PlainStep {
  readonly cells: number;
  readonly time: number;
}

/** Knows the decided cells of each row, and computes which cells the next step evaluates. */
export class LookaheadFronts {
  /** The number of decided cells of each row. They are the first cells of the row. */
  readonly finals: Int32Array;

  constructor(
    private readonly schedule: BaseScheduleOptions,
    finals: ArrayLike<number> = new Int32Array(schedule.grid.height),
  ) {
    this.finals = Int32Array.from(finals);
  }

  get isComplete(): boolean {
    return this.finalsIn(this.schedule.grid.height - 1) === this.schedule.grid.width;
  }

  /** The number of decided cells of a row. */
  finalsIn(row: number): number {
    return this.finals[row] ?? 0;
  }

  /** The time of the first undecided cell of a row. For a complete row, the time after its last cell. */
  frontTime(row: number): number {
    return timeOf(this.schedule, row, this.finalsIn(row));
  }

  /**
   * The cells that a step evaluates, row by row from the top. In each row these are the cells from the front on. Each token
   * that an evaluated cell sees is decided, or its cell is evaluated in the same step. The first step evaluates the first cell
   * of the picture.
   */
  ranges({ cellsARow, cells }: Reach): readonly RowRange[] {
    const { height, width } = this.schedule.grid;
    if (this.finalsIn(0) === 0) return [{ row: 0, from: 0, to: 1 }];
    const ranges: RowRange[] = [];
    let latest = Infinity; // up to this time, each cell of the rows above is decided or evaluated in this step
    let left = cells;
    for (let row = 0; row < height && left > 0; row++) {
      const from = this.finalsIn(row);
      if (from === width) continue;
      const front = this.frontTime(row);
      if (timeOf(this.schedule, row, 0) > latest) break;
      const count = Math.max(0, Math.min(cellsARow, width - from, left, latest - front + 1));
      const to = from + count;
      if (count > 0) ranges.push({ row, from, to });
      left -= count;
      // With one cell in each row, no cell may depend on a draft. The step is the same as in the plain decoder.
      if (to < width || cellsARow === 1) latest = Math.min(latest, cellsARow === 1 ? front : front + count);
    }
    return ranges;
  }

  /**
   * The step that the plain decoder would make now.
   * @returns `cells`: the cells that it would evaluate. `time`: their least time. The plain decoder adds 1 to it in each step
   */
  plainStep(): PlainStep {
    const ranges = this.ranges({ cellsARow: 1, cells: Infinity });
    const lowest = ranges.at(-1);
    if (!lowest) return { cells: 0, time: this.frontTime(this.schedule.grid.height - 1) };
    return { cells: ranges.length, time: this.frontTime(lowest.row) };
  }

  /** The number of steps to the end if all drafts are right. No run takes fewer steps. */
  leastStepsLeft(reach: Reach): number {
    const ideal = new LookaheadFronts(this.schedule, this.finals);
    let steps = 0;
    for (; !ideal.isComplete; steps++) for (const { row, to } of ideal.ranges(reach)) ideal.finals[row] = to;
    return steps;
  }
}
