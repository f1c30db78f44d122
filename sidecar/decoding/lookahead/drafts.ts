import type { CodebookIndex, GridShape, RasterPosition } from '../token-grid';

/** Guesses the token of a cell that is not final. A wrong guess costs steps, never the picture. */
export type Drafter = (
  cell: RasterPosition,
  known: {
    /** The draw of the cell in the newest step that evaluated it; undefined before the first. */
    readonly drawn: CodebookIndex | undefined;
    /** The token or draft of an earlier cell; undefined when there is none. */
    readonly tokenAt: (cell: RasterPosition) => CodebookIndex | undefined;
  },
) => CodebookIndex;

/** Drafts what the cell's last draw was, at first the left token, and the one above at the beginning of a row. */
export function lastDrawOrLeft({ width }: GridShape): Drafter {
  return (cell, { drawn, tokenAt }) =>
    drawn ?? (cell % width > 0 ? tokenAt(cell - 1) : undefined) ?? tokenAt(cell - width) ?? 0;
}
