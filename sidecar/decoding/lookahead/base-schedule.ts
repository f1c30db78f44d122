import type { GridShape } from '../token-grid';
import type { FirstRow } from '../zipar/schedule';

/** The schedule whose picture a lookahead makes: ZipAR with a fixed window. A window of W is raster order. */
export interface BaseScheduleOptions {
  readonly grid: GridShape;
  /** 1..W. */
  readonly window: number;
  readonly firstRow: FirstRow;
}

/**
 * The time at which the base schedule decides a cell: the number of the step, from 1 on. Column W stands for the time after
 * a row's last cell.
 */
export function timeOf({ grid, window, firstRow }: BaseScheduleOptions, row: number, column: number): number {
  const isAfterWholeRow = firstRow === 'sequential' && row > 0;
  return (isAfterWholeRow ? grid.width + (row - 1) * window : row * window) + column + 1;
}
