import type { CellEvent } from '../cell-event';
import type { DecodedStep, Decision, SeededSampling } from '../decoder';
import { DraftEvents } from '../draft-events';
import type { Forward } from '../forward';
import { tokenNoise, uniformAt } from '../noise';
import { describeChoice, distributionOf, drawToken, type Distribution } from '../sampling';
import { TokenGrid, type CodebookIndex, type RasterPosition } from '../token-grid';
import type { TokenInput } from '../token-input';
import { certain, verifyDraft, type VerifiedDraft } from '../verify-draft';

/**
 * How the new draft of a cell follows from the old one. Each way leaves the new draft distributed as the step says, and makes
 * it equal to the old one often.
 * `maximal`: the old draft is verified like any other draft, and kept as often as possible.
 * `gumbel`: all drafts of a cell are drawn with the noise of the cell's draw 0.
 */
export type Coupling = 'maximal' | 'gumbel';

/** The options of decoding with SCD. */
export interface ScdOptions extends SeededSampling {
  /** Cells that a step evaluates at most, 1 or more; 1 is raster order. */
  readonly draftWindow: number;
  readonly coupling: Coupling;
}

/**
 * Decodes a picture with speculative coupled decoding (arXiv 2510.24211, built on SJD, arXiv 2410.01699). A step evaluates a
 * window of cells in raster order. It is fed drafts for them, and verifies the drafts from left to right. Every draft up to
 * the first one that is not kept is decided, and so is the token that replaces it. The draws behind it become new drafts.
 *
 * The picture follows the model's distribution, but it is not the picture of raster order under the same seed.
 *
 * It yields after each step. The generator ends when every cell is decided. A caller that stops asking cancels the run. In
 * both cases the forward is released.
 * @throws SamplingError
 */
export async function* decodeScd(
  forward: Forward,
  options: ScdOptions,
): AsyncGenerator<DecodedStep, void, void> {
  try {
    const run = new ScdRun(forward, options);
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

/** A cell whose token a step is fed, and the inputs that come before the next cell. */
interface FedCell {
  readonly cell: RasterPosition;
  readonly inputs: readonly TokenInput[];
}

class ScdRun {
  private readonly grid: TokenGrid;
  private readonly drafts = new Map<RasterPosition, Draft>();
  /** Random numbers that each cell has used. Number 0 is the draw that raster order makes. */
  private readonly used: Uint32Array;
  private readonly events = new DraftEvents();
  /** The first cell that is not decided. */
  private front = 0;

  constructor(
    private readonly forward: Forward,
    private readonly options: ScdOptions,
  ) {
    this.grid = new TokenGrid(forward.layout.grid);
    this.used = new Uint32Array(this.grid.tokens.length).fill(1);
  }

  get isComplete(): boolean {
    return this.grid.isComplete;
  }

  async next(step: number): Promise<DecodedStep> {
    const { front } = this;
    const end = step === 1 ? 1 : Math.min(front + this.options.draftWindow, this.grid.tokens.length);
    if (step > 1) this.guess(end - 1);
    const events = this.tellDrafts(end);
    const fed = step === 1 ? [] : this.fedUpTo(end - 1);
    const rows = step === 1 ? [await this.forward.start()] : await this.forward.step(...stepOf(fed));
    const decisions = this.verify(rows, events);
    this.front += decisions.length;
    // A token that replaces a draft was not fed, and all behind it saw the draft. The newest token is fed again to predict.
    this.forward.forget(fed.flatMap(({ cell, inputs }) => (cell < this.front - 1 ? [] : inputs)));
    const left = this.grid.tokens.length - this.front;
    return {
      step,
      decisions,
      events,
      leastSteps: step + Math.ceil(left / this.options.draftWindow),
      inputs: fed.flatMap(({ inputs }) => inputs),
    };
  }

  /** Guesses tokens for the cells up to, but not including, `end` that have no draft: the token above, else the left one. */
  private guess(end: RasterPosition): void {
    const { width } = this.grid.shape;
    for (let cell = this.front; cell < end; cell++) {
      if (this.drafts.has(cell)) continue;
      const token = this.tokenAt(cell >= width ? cell - width : cell - 1);
      this.drafts.set(cell, { token, from: certain(token, this.codes) });
    }
  }

  /** Tells of the drafts of the cells up to, but not including, `end`: the step verifies them. */
  private tellDrafts(end: RasterPosition): CellEvent[] {
    return [...this.drafts].flatMap(([cell, { token }]) =>
      cell < end ? this.events.drafted(cell, token) : [],
    );
  }

  /** Number of tokens in the codebook, known from the first logits. */
  private codes = 0;

  /** The token of a decided cell, else its draft. */
  private tokenAt(cell: RasterPosition): CodebookIndex {
    return this.drafts.get(cell)?.token ?? this.grid.token(cell);
  }

  /** The newest decided cell and the drafts up to, but not including, `end`. */
  private fedUpTo(end: RasterPosition): FedCell[] {
    const { layout } = this.forward;
    return Array.from({ length: end - this.front + 1 }, (_, i) => {
      const cell = this.front - 1 + i;
      return {
        cell,
        inputs: [layout.inputOf(cell, this.tokenAt(cell)), ...layout.fixedBefore(cell + 1)],
      };
    });
  }

  /** Decides cells up to the first draft that is not kept. The draws of the cells behind it become their drafts. */
  private verify(rows: readonly Float32Array[], events: CellEvent[]): Decision[] {
    const decisions: Decision[] = [];
    let isTrue = true;
    for (const [i, logits] of rows.entries()) {
      this.codes = logits.length;
      const position = this.front + i;
      const now = distributionOf(logits, this.options);
      const next: VerifiedDraft = isTrue ? this.verified(position, now) : this.redrawn(position, now);
      const { token } = next;
      if (isTrue) {
        this.grid.decide(position, token);
        this.drafts.delete(position);
        decisions.push({ position, ...describeChoice(logits, this.options, token) });
        events.push(...this.events.decided(position, token));
      } else {
        this.drafts.set(position, { token, from: now });
      }
      isTrue &&= next.isKept;
    }
    return decisions;
  }

  /** The token of a cell that saw decided tokens only. A cell without a draft is drawn. */
  private verified(position: RasterPosition, now: Distribution): VerifiedDraft {
    const draft = this.drafts.get(position);
    if (!draft) return { token: drawToken(now, tokenNoise(this.options.seed, position)), isKept: false };
    return verifyDraft(draft.token, draft.from, now, this.random(position));
  }

  /** The next draft of a cell that saw a draft which was not kept. */
  private redrawn(position: RasterPosition, now: Distribution): VerifiedDraft {
    const draft = this.drafts.get(position);
    if (this.options.coupling === 'maximal' && draft)
      return verifyDraft(draft.token, draft.from, now, this.random(position));
    return { token: drawToken(now, tokenNoise(this.options.seed, position)), isKept: false };
  }

  /** Two random numbers that the cell has not used yet. */
  private random(position: RasterPosition): Parameters<typeof verifyDraft>[3] {
    const { seed } = this.options;
    const next = this.used[position] ?? 1;
    this.used[position] = next + 2;
    return {
      acceptance: uniformAt(seed, position, next),
      replacement: tokenNoise(seed, position, next + 1),
    };
  }
}

/** All inputs. For each cell, its last input predicts the next cell. */
function stepOf(fed: readonly FedCell[]): [inputs: TokenInput[], predicting: number[]] {
  const inputs: TokenInput[] = [];
  const predicting = fed.map((cell) => inputs.push(...cell.inputs) - 1);
  return [inputs, predicting];
}
