import type { CellEvent } from '../cell-event';
import type { DecodedStep, Decision, SeededSampling } from '../decoder';
import { DraftedCells } from '../drafted-cells';
import type { Forward } from '../forward';
import { describeChoice, distributionOf, type Distribution } from '../sampling';
import { TokenGrid, type RasterPosition } from '../token-grid';
import type { TokenInput } from '../token-input';
import type { VerifiedDraft } from '../verify-draft';

/**
 * The rule by which a cell that stays undecided gets a new draft. In each case, the new draft follows the distribution that the
 * step computed for the cell, and it often equals the old draft.
 * `maximal`: the old draft is tried like any other draft. It stays the draft, or another token takes its place.
 * `gumbel`: the new draft is drawn. All draws of a cell use the noise of draw 0.
 */
export type Coupling = 'maximal' | 'gumbel';

/** The options of decoding with SCD. */
export interface ScdOptions extends SeededSampling {
  /** The most cells that a step evaluates, 1 or more. 1 means raster order. */
  readonly draftWindow: number;
  readonly coupling: Coupling;
}

/**
 * Decodes a picture with speculative coupled decoding (SCD, arXiv 2510.24211). SCD is an extension of SJD (arXiv 2410.01699).
 *
 * A step evaluates the next cells in raster order, up to the draft window. It is fed drafts for all of them except the last,
 * and tries the drafts in raster order. A confirmed draft becomes the token of its cell. The first draft that is not confirmed
 * is corrected: another token is drawn for its cell. The cells with confirmed drafts and the corrected cell are decided. The cells after the corrected
 * cell saw a wrong draft, so they stay undecided and get new drafts. If every draft is confirmed, the step also draws and decides
 * the last cell.
 *
 * The picture follows the model's distribution, but it is not the picture of raster order with the same seed.
 *
 * The generator yields after each step, and ends when every cell is decided. A caller that asks for no more steps cancels the
 * run. In both cases the forward is released.
 * @throws SamplingError when the logits are no distribution
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

/** A cell whose token or draft a step is fed. The inputs are this token and the row terminator after it, if there is one. */
interface FedCell {
  readonly cell: RasterPosition;
  readonly inputs: readonly TokenInput[];
}

/** The state of a run. */
class ScdRun {
  private readonly grid: TokenGrid;
  private readonly drafts: DraftedCells;
  /** The first undecided cell. All cells before it are decided. */
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

  /** Makes a step. @param step its number, from 1 */
  async next(step: number): Promise<DecodedStep> {
    const { front } = this;
    const end = step === 1 ? 1 : Math.min(front + this.options.draftWindow, this.grid.tokens.length);
    // The step is not fed a token for the last cell of the window. So this cell needs no draft.
    this.drafts.guess(Array.from({ length: end - 1 - front }, (_, i) => front + i));
    const events = this.drafts.tell();
    const fed = step === 1 ? [] : this.fedUpTo(end - 1);
    const rows = step === 1 ? [await this.forward.start()] : await this.forward.step(...stepOf(fed));
    const decisions = this.verify(rows, events);
    this.front += decisions.length;
    // The forward keeps the decided cells except the newest one. The next step is fed the newest token, to predict the cell
    // after it. All later inputs saw the wrong draft that this step corrected.
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

  /** The newest decided cell, and the cells with drafts before the cell `end`. */
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

  /**
   * Tries the drafts. It decides the cells up to and including the first corrected one. If none is corrected, it
   * decides all cells. The cells after a corrected cell get new drafts.
   * @param rows the logits of each evaluated cell
   * @param events receives the events of the decided cells
   */
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

  /** The token for a cell that saw only decided tokens: its confirmed draft, or another token that is drawn. */
  private verified(position: RasterPosition, now: Distribution): VerifiedDraft {
    return this.drafts.verify(position, now) ?? this.drawn(position, now);
  }

  /** The new draft for a cell that saw a wrong draft. */
  private redrawn(position: RasterPosition, now: Distribution): VerifiedDraft {
    const next = this.options.coupling === 'maximal' ? this.drafts.verify(position, now) : undefined;
    return next ?? this.drawn(position, now);
  }

  /** A draw of the cell. No later cell of the step saw this token, so it counts as a draft that is not confirmed. */
  private drawn(position: RasterPosition, now: Distribution): VerifiedDraft {
    return { token: this.drafts.draw(position, now), isKept: false };
  }
}

/** The inputs of a step, and the indices of those that predict. The last input of each cell predicts the next cell. */
function stepOf(fed: readonly FedCell[]): [inputs: TokenInput[], predicting: number[]] {
  const inputs: TokenInput[] = [];
  const predicting = fed.map((cell) => inputs.push(...cell.inputs) - 1);
  return [inputs, predicting];
}
