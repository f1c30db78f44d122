import type { CellEvent } from './cell-event';
import { DraftEvents } from './draft-events';
import { tokenNoise, uniformAt } from './noise';
import { drawToken, type Distribution } from './sampling';
import type { CodebookIndex, RasterPosition, TokenGrid } from './token-grid';
import { certain, verifyDraft, type VerifiedDraft } from './verify-draft';

/** A guess for a cell. */
interface Draft {
  readonly token: CodebookIndex;
  /** The distribution that it was drawn from; undefined if it was not drawn. */
  readonly from: Distribution | undefined;
}

/**
 * The undecided cells that have a draft, and the random numbers that verify and replace drafts. A cell uses each of its
 * numbers once. Number 0 is the draw that raster order makes.
 */
export class DraftedCells {
  private readonly drafts = new Map<RasterPosition, Draft>();
  private readonly events = new DraftEvents();
  /** Random numbers that each cell has used. */
  private readonly used: Uint32Array;

  /** @param seed integer 0..2^32-1 */
  constructor(
    private readonly grid: TokenGrid,
    private readonly seed: number,
  ) {
    this.used = new Uint32Array(grid.tokens.length).fill(1);
  }

  /** The token of a decided cell, else its draft. */
  tokenAt(cell: RasterPosition): CodebookIndex {
    return this.drafts.get(cell)?.token ?? this.grid.token(cell);
  }

  /** Guesses tokens for the cells that have no draft: the token above, in the first row the left one. */
  guess(cells: readonly RasterPosition[]): void {
    const { width } = this.grid.shape;
    for (const cell of cells) {
      if (this.drafts.has(cell)) continue;
      const token = this.tokenAt(cell >= width ? cell - width : cell - 1);
      this.drafts.set(cell, { token, from: undefined });
    }
  }

  /** Tells of all drafts, because a step tries them. */
  tell(): CellEvent[] {
    return [...this.drafts].flatMap(([cell, { token }]) => this.events.drafted(cell, token));
  }

  /** Verifies the draft of a cell against what the step says. Undefined for a cell without a draft. */
  verify(cell: RasterPosition, now: Distribution): VerifiedDraft | undefined {
    const draft = this.drafts.get(cell);
    if (!draft) return undefined;
    return verifyDraft(draft.token, draft.from ?? certain(draft.token, now.length), now, {
      acceptance: uniformAt(this.seed, cell, this.nextRandom(cell)),
      replacement: tokenNoise(this.seed, cell, this.nextRandom(cell)),
    });
  }

  /** Draws a token with the noise that raster order draws with. */
  draw(cell: RasterPosition, now: Distribution): CodebookIndex {
    return drawToken(now, tokenNoise(this.seed, cell));
  }

  /** Draws a token with noise that the cell has not used yet. */
  drawAgain(cell: RasterPosition, now: Distribution): CodebookIndex {
    return drawToken(now, tokenNoise(this.seed, cell, this.nextRandom(cell)));
  }

  /** Gives a cell a new draft. @param from the distribution that the token follows */
  replace(cell: RasterPosition, token: CodebookIndex, from: Distribution): void {
    this.drafts.set(cell, { token, from });
  }

  /** Decides a cell. @returns what became of its draft */
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
