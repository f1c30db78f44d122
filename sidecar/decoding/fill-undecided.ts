import { UNDECIDED, type GridShape } from './token-grid';

/**
 * Values for the cells that have none yet, so that a half-made picture can be drawn: the newest token of the row,
 * and in rows not begun the cell above. Whoever shows the picture has to mark those cells as undecided.
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
