import type { CodebookIndex, GridShape, RasterPosition } from '../token-grid';

/** Makes the draft of an undecided cell. A wrong draft costs steps, but it does not change the picture. */
export type Drafter = (
  cell: RasterPosition,
  known: {
    /** The token that the newest step drew for the cell; undefined if no step has evaluated the cell. */
    readonly drawn: CodebookIndex | undefined;
    /** The token or draft of an earlier cell; undefined if the cell has neither. */
    readonly tokenAt: (cell: RasterPosition) => CodebookIndex | undefined;
  },
) => CodebookIndex;

/**
 * Makes the last drawn token of a cell its draft. Before the first draw, the draft is the token or draft on the left. At the
 * beginning of a row it is the one above.
 */
export function lastDrawOrLeft({ width }: GridShape): Drafter {
  return (cell, { drawn, tokenAt }) =>
    drawn ?? (cell % width > 0 ? tokenAt(cell - 1) : undefined) ?? tokenAt(cell - width) ?? 0;
}
