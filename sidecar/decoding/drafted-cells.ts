import type { CellEvent } from './cell-event';
import { DraftEvents } from './draft-events';
import { tokenNoise, uniformAt } from './noise';
import { drawToken, type Distribution } from './sampling';
import type { CodebookIndex, RasterPosition, TokenGrid } from './token-grid';
import { certain, verifyDraft, type VerifiedDraft } from './verify-draft';

/** A draft of a cell. */
interface Draft {
  readonly token: CodebookIndex;
  /** The distribution that the draft follows; undefined if it is a guess without a distribution. */
  readonly from: Distribution | undefined;
}

/**
 * The undecided cells that have a draft, and the random numbers for their drafts. Each cell has its own random numbers: number
 * 0 is for the draw that raster order would make (`draw`). `verify` and `drawAgain` take the next numbers, each of them once.
 */
export class DraftedCells {
  private readonly drafts = new Map<RasterPosition, Draft>();
  private readonly events = new DraftEvents();
  /** For each cell, the number of random numbers that are already used. */
  private readonly used: Uint32Array;

  /** @param seed integer 0..2^32-1 */
  constructor(
    private readonly grid: TokenGrid,
    private readonly seed: number,
  ) {
    this.used = new Uint32Array(grid.tokens.length).fill(1);
  }

  /** The token of a decided cell, or the draft of another cell. */
  tokenAt(cell: RasterPosition): CodebookIndex {
    return this.drafts.get(cell)?.token ?? this.grid.token(cell);
  }

  /** Gives a draft to each cell that has none: the token or draft above it. In the first row it is the one on the left. */
  guess(cells: readonly RasterPosition[]): void {
    const { width } = this.grid.shape;
    for (const cell of cells) {
      if (this.drafts.has(cell)) continue;
      const token = this.tokenAt(cell >= width ? cell - width : cell - 1);
      this.drafts.set(cell, { token, from: undefined });
    }
  }

  /** The events for all drafts, before a step that tries them. */
  tell(): CellEvent[] {
    return [...this.drafts].flatMap(([cell, { token }]) => this.events.drafted(cell, token));
  }

  /**
   * Tries the draft of a cell (`verifyDraft`).
   * @param now the distribution that the step computed for the cell
   * @returns undefined for a cell without a draft
   */
  verify(cell: RasterPosition, now: Distribution): VerifiedDraft | undefined {
    const draft = this.drafts.get(cell);
    if (!draft) return undefined;
    return verifyDraft(draft.token, draft.from ?? certain(draft.token, now.length), now, {
      acceptance: uniformAt(this.seed, cell, this.nextRandom(cell)),
      replacement: tokenNoise(this.seed, cell, this.nextRandom(cell)),
    });
  }

  /** Draws a token with the noise of draw 0, as raster order does. */
  draw(cell: RasterPosition, now: Distribution): CodebookIndex {
    return drawToken(now, tokenNoise(this.seed, cell));
  }

  /** Draws a token with noise that the cell has not used before. */
  drawAgain(cell: RasterPosition, now: Distribution): CodebookIndex {
    return drawToken(now, tokenNoise(this.seed, cell, this.nextRandom(cell)));
  }

  /** Gives a cell a new draft. @param from the distribution that the token follows */
  replace(cell: RasterPosition, token: CodebookIndex, from: Distribution): void {
    this.drafts.set(cell, { token, from });
  }

  /** Decides a cell. @returns the events about its draft */
  decide(cell: RasterPosition, token: CodebookIndex): CellEvent[] {
    this.drafts.delete(cell);
    this.grid.decide(cell, token);
    return this.events.decided(cell, token);
  }

  private nextRandom(cell: RasterPosition): number {
    const next = this.used[cell] ?? 1;
    this.used[cell] = next + 1;
    return next;
  }
}
