import type { CellEvent } from './cell-event';
import type { CodebookIndex, RasterPosition } from './token-grid';

/** Tells what happens to the drafts of cells, as events. It remembers the draft that it told of last. */
export class DraftEvents {
  private readonly told = new Map<RasterPosition, CodebookIndex>();

  /** A cell has a draft. Tells nothing if the cell had the same draft before. */
  drafted(position: RasterPosition, token: CodebookIndex): CellEvent[] {
    const draft = this.told.get(position);
    this.told.set(position, token);
    if (draft === undefined) return [{ kind: 'drafted', position, token }];
    return draft === token ? [] : [{ kind: 'corrected', position, token, draft }];
  }

  /** A cell is decided. Tells nothing if the cell had no draft. */
  decided(position: RasterPosition, token: CodebookIndex): CellEvent[] {
    const draft = this.told.get(position);
    this.told.delete(position);
    if (draft === undefined) return [];
    return draft === token
      ? [{ kind: 'confirmed', position, token }]
      : [{ kind: 'corrected', position, token, draft }];
  }
}
