import type { GridShape, RasterPosition } from './token-grid';

/** Cells of a row, from column `from` up to, but not including, column `to`. */
export interface RowRange {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** The cells of a range, from left to right. */
export function cellsOf({ row, from, to }: RowRange, { width }: GridShape): RasterPosition[] {
  return Array.from({ length: to - from }, (_, i) => row * width + from + i);
}
