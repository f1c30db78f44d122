import type { CellEvent } from '../cell-event';
import type { DecodedStep, Decision, SeededSampling } from '../decoder';
import { DraftEvents } from '../draft-events';
import type { Forward } from '../forward';
import { tokenNoise, uniformAt } from '../noise';
import { describeChoice, distributionOf, drawToken, type Distribution } from '../sampling';
import { TokenGrid, type CodebookIndex, type RasterPosition } from '../token-grid';
import { certain, verifyDraft, type VerifiedDraft } from '../verify-draft';
import { RowDraftFeed } from './row-draft-feed';
import { RowFronts, type RowCells } from './row-fronts';

/** The options of decoding with PJD. */
export interface PjdOptions extends SeededSampling {
  /** Tokens of a row that must be decided before the next row starts: 1..W; W finishes each row before the next. */
  readonly context: number;
  /** Cells of each row that a step evaluates at most, 1 or more. */
  readonly draftWindow: number;
}

/**
 * Decodes a picture with parallel Jacobi decoding (arXiv 2606.05703). Rows start as in ZipAR, once the row above has enough
 * tokens. A step is fed drafts for the next cells of each row, and verifies the drafts of each row from left to right. A
 * draft sees decided tokens, and the drafts before it in its own row.
 *
 * A row stops at its first draft that is not kept. In the topmost unfinished row, another token takes that draft's place and
 * is decided, so each step decides a cell. In the other rows, the draft and all behind it are drawn again.
 *
 * It yields after each step. The generator ends when every cell is decided. A caller that stops asking cancels the run. In
 * both cases the forward is released.
 * @throws SamplingError
 */
export async function* decodePjd(
  forward: Forward,
  options: PjdOptions,
): AsyncGenerator<DecodedStep, void, void> {
  try {
    const run = new PjdRun(forward, options);
    for (let step = 1; !run.isComplete; step++) yield await run.next(step);
  } finally {
    forward.release?.();
  }
}

/** A guess for a cell, and the distribution that it was drawn from. */
interface Draft {
  readonly token: CodebookIndex;
  readonly from: Distribution;
}

class PjdRun {
  private readonly grid: TokenGrid;
  private readonly fronts: RowFronts;
  private readonly feed: RowDraftFeed;
  private readonly drafts = new Map<RasterPosition, Draft>();
  /** Random numbers that each cell has used. Number 0 is the draw that raster order makes. */
  private readonly used: Uint32Array;
  private readonly events = new DraftEvents();
  /** Number of tokens in the codebook, known from the first logits. */
  private codes = 0;

  constructor(
    private readonly forward: Forward,
    private readonly options: PjdOptions,
  ) {
    const { layout } = forward;
    this.grid = new TokenGrid(layout.grid);
    this.fronts = new RowFronts({ ...options, grid: layout.grid });
    this.feed = new RowDraftFeed(this.grid, layout);
    this.used = new Uint32Array(this.grid.tokens.length).fill(1);
  }

  get isComplete(): boolean {
    return this.grid.isComplete;
  }

  async next(step: number): Promise<DecodedStep> {
    const rows = this.fronts.due();
    if (step > 1) this.guess(rows);
    const events = [...this.drafts].flatMap(([cell, { token }]) => this.events.drafted(cell, token));
    const pass = step === 1 ? undefined : this.feed.inputsFor(rows, (cell) => this.tokenOf(cell));
    if (pass) this.forward.forget(pass.replaced);
    const logits = pass
      ? await this.forward.step(pass.inputs, pass.predicting)
      : [await this.forward.start()];
    const decisions = this.verifyRows(rows, logits, events);
    if (pass) this.forward.forget(this.feed.takeUntrue());
    return {
      step,
      decisions,
      events,
      leastSteps: step + this.fronts.leastStepsLeft(),
      inputs: pass?.inputs ?? [],
    };
  }

  /** Guesses tokens for the cells that have no draft: the token above, in the first row the left one. */
  private guess(rows: readonly RowCells[]): void {
    const { width } = this.grid.shape;
    for (const cell of rows.flatMap((cells) => this.cellsOf(cells))) {
      if (this.drafts.has(cell)) continue;
      const token = this.tokenOf(cell >= width ? cell - width : cell - 1);
      this.drafts.set(cell, { token, from: certain(token, this.codes) });
    }
  }

  /** The token of a decided cell, else its draft. */
  private tokenOf(cell: RasterPosition): CodebookIndex {
    return this.drafts.get(cell)?.token ?? this.grid.token(cell);
  }

  /** @param logits one row for each cell, in the order of the rows' cells */
  private verifyRows(
    rows: readonly RowCells[],
    logits: readonly Float32Array[],
    events: CellEvent[],
  ): Decision[] {
    const decisions: Decision[] = [];
    const { topmost } = this.fronts;
    let next = 0;
    for (const cells of rows) {
      let isTrue = true;
      for (const position of this.cellsOf(cells)) {
        const row = logits[next++];
        if (!row)
          throw new Error(`The model returned ${logits.length} rows of logits, fewer than asked for.`);
        this.codes = row.length;
        const now = distributionOf(row, this.options);
        const verdict: VerifiedDraft | undefined = isTrue ? this.verified(position, now) : undefined;
        const isDecided = verdict !== undefined && (verdict.isKept || cells.row === topmost);
        if (isDecided) {
          const { token } = verdict;
          this.drafts.delete(position);
          this.grid.decide(position, token);
          this.fronts.decided[cells.row] = this.fronts.decidedIn(cells.row) + 1;
          decisions.push({ position, ...describeChoice(row, this.options, token) });
          events.push(...this.events.decided(position, token));
        } else {
          const token = drawToken(now, tokenNoise(this.options.seed, position, this.nextRandom(position)));
          this.drafts.set(position, { token, from: now });
        }
        isTrue &&= verdict?.isKept === true;
      }
    }
    return decisions;
  }

  /** The token of a cell whose row is decided up to it. The first cell of the picture has no draft, and is drawn. */
  private verified(position: RasterPosition, now: Distribution): VerifiedDraft {
    const { seed } = this.options;
    const draft = this.drafts.get(position);
    if (!draft) return { token: drawToken(now, tokenNoise(seed, position)), isKept: true };
    return verifyDraft(draft.token, draft.from, now, {
      acceptance: uniformAt(seed, position, this.nextRandom(position)),
      replacement: tokenNoise(seed, position, this.nextRandom(position)),
    });
  }

  private nextRandom(position: RasterPosition): number {
    const next = this.used[position] ?? 1;
    this.used[position] = next + 1;
    return next;
  }

  private cellsOf({ row, from, to }: RowCells): RasterPosition[] {
    return Array.from({ length: to - from }, (_, i) => row * this.grid.shape.width + from + i);
  }
}
