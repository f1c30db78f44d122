import { UNDECIDED, type GridShape } from './token-grid';

/**
 * Fills undecided cells with tokens, so that the picture of an incomplete run can be drawn. A cell gets the token on its left.
 * The first cell of a row gets the token above it. The caller marks these cells as undecided.
 *
 * @param tokens [H*W] in raster order; at least cell 0 is decided
 * @returns the filled tokens; `tokens` is not changed
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
