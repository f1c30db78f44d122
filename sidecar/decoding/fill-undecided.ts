import { UNDECIDED, type GridShape } from './token-grid';

/**
 * Fills the cells that have no token yet, so that a half-made picture can be drawn. A cell gets the newest token of its
 * row. In a row that has not begun, a cell gets the token of the cell above. The caller has to mark these cells as
 * undecided.
 *
 * @param tokens [H*W] in raster order, at least cell 0 decided
 */
export function fillUndecided(tokens: Int32Array, { height, width }: GridShape): Int32Array {
  const filled = tokens.slice();
  for (let i = 0; i < height * width; i++) {
    if (filled[i] !== UNDECIDED) continue;
    const isRowStart = i % width === 0;
    filled[i] = (isRowStart ? filled[i - width] : filled[i - 1]) ?? 0;
  }
  return filled;
}
