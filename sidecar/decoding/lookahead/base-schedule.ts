import type { GridShape } from '../token-grid';
import type { FirstRow } from '../zipar/schedule';

/**
 * The schedule of the plain decoder, whose picture a lookahead makes: ZipAR with a fixed window. With a window of W, the width
 * of the grid, it is raster order.
 */
export interface BaseScheduleOptions {
  readonly grid: GridShape;
  /** 1..W. */
  readonly window: number;
  readonly firstRow: FirstRow;
}

/**
 * The time of a cell: the number of the step, from 1, in which the plain decoder decides it. Column W means the time after
 * the last cell of the row.
 */
export function timeOf({ grid, window, firstRow }: BaseScheduleOptions, row: number, column: number): number {
  const isAfterWholeRow = firstRow === 'sequential' && row > 0;
  return (isAfterWholeRow ? grid.width + (row - 1) * window : row * window) + column + 1;
}

/** The name of a schedule, by which its times are kept. */
export function scheduleKey({ grid, window, firstRow }: BaseScheduleOptions): string {
  return `${grid.height}x${grid.width}, ${window}, ${firstRow}`;
}
