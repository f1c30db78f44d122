import type { GridShape, RasterPosition } from './token-grid';

/** The cells of a row from column `from` to column `to - 1`. */
export interface RowRange {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** The raster positions of the cells of a range, from left to right. */
export function cellsOf({ row, from, to }: RowRange, { width }: GridShape): RasterPosition[] {
  return Array.from({ length: to - from }, (_, i) => row * width + from + i);
}
