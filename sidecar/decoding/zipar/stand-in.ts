import type { CodebookIndex, GridShape, RasterPosition } from '../token-grid';

/**
 * The rule for a stand-in. While the last token of a row is undecided, a step is fed the stand-in in its place, so that the
 * next row can start.
 * `nearest`: the decided token with the least distance in the grid (the paper).
 * `reference`: the newest token of the row above the unfinished row (the authors' published code).
 */
export type StandIn = 'nearest' | 'reference';

/** The decided tokens, from which a stand-in is chosen. `TokenGrid` has this form. */
export interface DecidedTokens {
  readonly shape: GridShape;
  isDecided(position: RasterPosition): boolean;
  token(position: RasterPosition): CodebookIndex;
}

/**
 * The stand-in for the undecided last cell of a row. If several tokens are equally near, it is the one in the lowest row,
 * because this token is nearer to the next cells.
 * @param position the raster position of the last cell of the row
 */
export function standInFor(position: RasterPosition, grid: DecidedTokens, kind: StandIn): CodebookIndex {
  const { width } = grid.shape;
  const row = Math.floor(position / width);
  if (kind === 'reference' && row > 0) return grid.token((row - 1) * width + newestColumn(grid, row - 1));
  return grid.token(nearestDecided(position, grid));
}

/**
 * The raster position of the nearest decided token. Rows are decided from the left without gaps, so the nearest token of a row
 * is its newest token.
 */
function nearestDecided(position: RasterPosition, grid: DecidedTokens): RasterPosition {
  const { width } = grid.shape;
  const row = Math.floor(position / width);
  const column = position % width;
  let nearest = -1;
  let nearestDistance = Infinity;
  for (let r = row; r >= 0; r--) {
    if ((row - r) ** 2 >= nearestDistance) break;
    const c = newestColumn(grid, r);
    const distance = (row - r) ** 2 + (column - c) ** 2;
    if (c >= 0 && distance < nearestDistance) {
      nearest = r * width + c;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** The column of the last decided cell of a row; -1 if the row has no decided cell. */
function newestColumn(grid: DecidedTokens, row: number): number {
  const { width } = grid.shape;
  for (let c = width - 1; c >= 0; c--) if (grid.isDecided(row * width + c)) return c;
  return -1;
}
