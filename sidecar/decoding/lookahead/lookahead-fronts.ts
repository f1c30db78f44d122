import type { RowRange } from '../row-range';
import { timeOf, type BaseScheduleOptions } from './base-schedule';

/** How far a step looks. */
export interface Reach {
  /** Cells that a step evaluates in a row at most, the front's included; 1 or more. */
  readonly cellsARow: number;
  /** Cells that a step evaluates at most. */
  readonly cells: number;
}

/** How far each row is final, and so which cells a step evaluates. */
export class LookaheadFronts {
  /** Final cells of each row. They lie at its beginning. */
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

  finalsIn(row: number): number {
    return this.finals[row] ?? 0;
  }

  /** The time of a row's first cell that is not final. For a complete row it is the time after its last cell. */
  frontTime(row: number): number {
    return timeOf(this.schedule, row, this.finalsIn(row));
  }

  /**
   * The cells that a step evaluates, row by row from the top. A row evaluates cells from its front on, as long as all that a
   * cell sees is final or evaluated in the same step. The first step evaluates the first cell of the picture.
   */
  ranges({ cellsARow, cells }: Reach): readonly RowRange[] {
    const { height, width } = this.schedule.grid;
    if (this.finalsIn(0) === 0) return [{ row: 0, from: 0, to: 1 }];
    const ranges: RowRange[] = [];
    let latest = Infinity; // the latest time at which all that is seen from the rows above is final or evaluated
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
      // With one cell a row, nothing rests on a draft: the step is that of the base schedule.
      if (to < width || cellsARow === 1) latest = Math.min(latest, cellsARow === 1 ? front : front + count);
    }
    return ranges;
  }

  /** The number of cells that a step of this reach evaluates if it looks at one cell a row. */
  plainCells({ cells }: Reach): number {
    return this.ranges({ cellsARow: 1, cells }).length;
  }

  /** The steps that are left if every draft is right: no run takes fewer. */
  leastStepsLeft(reach: Reach): number {
    const ideal = new LookaheadFronts(this.schedule, this.finals);
    let steps = 0;
    for (; !ideal.isComplete; steps++) for (const { row, to } of ideal.ranges(reach)) ideal.finals[row] = to;
    return steps;
  }
}
