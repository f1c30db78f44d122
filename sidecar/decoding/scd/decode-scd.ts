import type { CellEvent } from '../cell-event';
import type { DecodedStep, Decision, SeededSampling } from '../decoder';
import { DraftedCells } from '../drafted-cells';
import type { Forward } from '../forward';
import { describeChoice, distributionOf, type Distribution } from '../sampling';
import { TokenGrid, type RasterPosition } from '../token-grid';
import type { TokenInput } from '../token-input';
import type { VerifiedDraft } from '../verify-draft';

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

/** A cell whose token a step is fed, and the inputs that come before the next cell. */
interface FedCell {
  readonly cell: RasterPosition;
  readonly inputs: readonly TokenInput[];
}

class ScdRun {
  private readonly grid: TokenGrid;
  private readonly drafts: DraftedCells;
  /** The first cell that is not decided. */
  private front = 0;

  constructor(
    private readonly forward: Forward,
    private readonly options: ScdOptions,
  ) {
    this.grid = new TokenGrid(forward.layout.grid);
    this.drafts = new DraftedCells(this.grid, options.seed);
  }

  get isComplete(): boolean {
    return this.grid.isComplete;
  }

  async next(step: number): Promise<DecodedStep> {
    const { front } = this;
    const end = step === 1 ? 1 : Math.min(front + this.options.draftWindow, this.grid.tokens.length);
    // The last cell of the window is drawn if it has no draft, so it needs no guess.
    this.drafts.guess(Array.from({ length: end - 1 - front }, (_, i) => front + i));
    const events = this.drafts.tell();
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

  /** The newest decided cell and the drafts up to, but not including, `end`. */
  private fedUpTo(end: RasterPosition): FedCell[] {
    const { layout } = this.forward;
    return Array.from({ length: end - this.front + 1 }, (_, i) => {
      const cell = this.front - 1 + i;
      return {
        cell,
        inputs: [layout.inputOf(cell, this.drafts.tokenAt(cell)), ...layout.fixedBefore(cell + 1)],
      };
    });
  }

  /** Decides cells up to the first draft that is not kept. The draws of the cells behind it become their drafts. */
  private verify(rows: readonly Float32Array[], events: CellEvent[]): Decision[] {
    const decisions: Decision[] = [];
    let isTrue = true;
    for (const [i, logits] of rows.entries()) {
      const position = this.front + i;
      const now = distributionOf(logits, this.options);
      const next: VerifiedDraft = isTrue ? this.verified(position, now) : this.redrawn(position, now);
      const { token } = next;
      if (isTrue) {
        decisions.push({ position, ...describeChoice(logits, this.options, token) });
        events.push(...this.drafts.decide(position, token));
      } else {
        this.drafts.replace(position, token, now);
      }
      isTrue &&= next.isKept;
    }
    return decisions;
  }

  /** The token of a cell that saw decided tokens only. A cell without a draft is drawn. */
  private verified(position: RasterPosition, now: Distribution): VerifiedDraft {
    return this.drafts.verify(position, now) ?? this.drawn(position, now);
  }

  /** The next draft of a cell that saw a draft which was not kept. */
  private redrawn(position: RasterPosition, now: Distribution): VerifiedDraft {
    const next = this.options.coupling === 'maximal' ? this.drafts.verify(position, now) : undefined;
    return next ?? this.drawn(position, now);
  }

  private drawn(position: RasterPosition, now: Distribution): VerifiedDraft {
    return { token: this.drafts.draw(position, now), isKept: false };
  }
}

/** All inputs. For each cell, its last input predicts the next cell. */
function stepOf(fed: readonly FedCell[]): [inputs: TokenInput[], predicting: number[]] {
  const inputs: TokenInput[] = [];
  const predicting = fed.map((cell) => inputs.push(...cell.inputs) - 1);
  return [inputs, predicting];
}
