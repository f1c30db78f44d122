import type { CellEvent } from './cell-event';
import type { CodebookIndex, RasterPosition } from './token-grid';

/** Makes the events about the drafts of cells. It remembers the last draft of each undecided cell. */
export class DraftEvents {
  private readonly told = new Map<RasterPosition, CodebookIndex>();

  /** The events for a cell whose draft a step tries. There is none if the cell already had this draft. */
  drafted(position: RasterPosition, token: CodebookIndex): CellEvent[] {
    const draft = this.told.get(position);
    this.told.set(position, token);
    if (draft === undefined) return [{ kind: 'drafted', position, token }];
    return draft === token ? [] : [{ kind: 'corrected', position, token, draft }];
  }

  /** The events for a cell that a step decides: its draft is confirmed or corrected. There is none if it had no draft. */
  decided(position: RasterPosition, token: CodebookIndex): CellEvent[] {
    const draft = this.told.get(position);
    this.told.delete(position);
    if (draft === undefined) return [];
    return draft === token
      ? [{ kind: 'confirmed', position, token }]
      : [{ kind: 'corrected', position, token, draft }];
  }
}
