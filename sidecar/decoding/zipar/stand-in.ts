import type { CodebookIndex, GridShape, RasterPosition } from '../token-grid';

/**
 * The rule for a stand-in: the token that is fed for a row's last token while that token is undecided. So the next row can
 * start.
 * `nearest`: the spatially nearest decided token (the paper).
 * `reference`: the newest token of the row above the unfinished one (the authors' published code).
 */
export type StandIn = 'nearest' | 'reference';

/** The tokens that a stand-in may be chosen from, as `TokenGrid` holds them. */
export interface DecidedTokens {
  readonly shape: GridShape;
  isDecided(position: RasterPosition): boolean;
  token(position: RasterPosition): CodebookIndex;
}

/**
 * The token to feed at `position`, the undecided end of an unfinished row. Among equally near tokens it takes the one in
 * the lower row, because that one is nearer to the cells that come next.
 */
export function standInFor(position: RasterPosition, grid: DecidedTokens, kind: StandIn): CodebookIndex {
  const { width } = grid.shape;
  const row = Math.floor(position / width);
  if (kind === 'reference' && row > 0) return grid.token((row - 1) * width + newestColumn(grid, row - 1));
  return grid.token(nearestDecided(position, grid));
}

/**
 * Position of the nearest decided token. Rows are decided from the left without gaps, so each row's nearest token is its
 * newest.
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

/** Column of the last decided cell of a row, -1 when there is none. */
function newestColumn(grid: DecidedTokens, row: number): number {
  const { width } = grid.shape;
  for (let c = width - 1; c >= 0; c--) if (grid.isDecided(row * width + c)) return c;
  return -1;
}
