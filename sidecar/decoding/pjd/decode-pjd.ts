import type { CellEvent } from '../cell-event';
import type { DecodedStep, Decision, SeededSampling } from '../decoder';
import { DraftedCells } from '../drafted-cells';
import type { Forward } from '../forward';
import { cellsOf, type RowRange } from '../row-range';
import { describeChoice, distributionOf, type Distribution } from '../sampling';
import { TokenGrid, type RasterPosition } from '../token-grid';
import type { VerifiedDraft } from '../verify-draft';
import { PjdFronts } from './pjd-fronts';
import { RowDraftFeed } from './row-draft-feed';

/** The options of decoding with PJD. */
export interface PjdOptions extends SeededSampling {
  /**
   * The number of tokens that a row must have before the next row starts, 1..W. With W, each row is complete before the next.
   */
  readonly context: number;
  /** The most cells of each row that a step evaluates, 1 or more. */
  readonly draftWindow: number;
}

/**
 * Decodes a picture with parallel Jacobi decoding (PJD, arXiv 2606.05703). A row starts when the row above has enough tokens,
 * as in ZipAR. A step is fed drafts for the next cells of each row, and tries the drafts of each row from left to right. A
 * draft sees the decided tokens before it, and the drafts before it in its own row.
 *
 * In each row, the confirmed drafts are decided, up to the first draft that is not confirmed. In the topmost unfinished row,
 * this draft is corrected: another token is drawn for its cell and decided. So each step decides at least one cell. In the
 * other rows, the cell and all later cells get new drafts.
 *
 * The generator yields after each step, and ends when every cell is decided. A caller that asks for no more steps cancels the
 * run. In both cases the forward is released.
 * @throws SamplingError when the logits are no distribution
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

/** The state of a run. */
class PjdRun {
  private readonly grid: TokenGrid;
  private readonly fronts: PjdFronts;
  private readonly feed: RowDraftFeed;
  private readonly drafts: DraftedCells;

  constructor(
    private readonly forward: Forward,
    private readonly options: PjdOptions,
  ) {
    const { layout } = forward;
    this.grid = new TokenGrid(layout.grid);
    this.fronts = new PjdFronts({ ...options, grid: layout.grid });
    this.feed = new RowDraftFeed(this.grid, this.fronts, layout);
    this.drafts = new DraftedCells(this.grid, options.seed);
  }

  get isComplete(): boolean {
    return this.grid.isComplete;
  }

  /** Makes a step. @param step its number, from 1 */
  async next(step: number): Promise<DecodedStep> {
    const rows = this.fronts.due();
    if (step > 1) this.drafts.guess(rows.flatMap((row) => cellsOf(row, this.grid.shape)));
    const events = this.drafts.tell();
    const fed = step === 1 ? undefined : this.feed.inputsFor(rows, (cell) => this.drafts.tokenAt(cell));
    if (fed) this.forward.forget(fed.replaced);
    const logits = fed ? await this.forward.step(fed.inputs, fed.predicting) : [await this.forward.start()];
    const decisions = this.verifyRows(rows, logits, events);
    if (fed) this.forward.forget(this.feed.takeUntrue());
    return {
      step,
      decisions,
      events,
      leastSteps: step + this.fronts.leastStepsLeft(),
      inputs: fed?.inputs ?? [],
    };
  }

  /**
   * Tries the drafts of each row, decides cells, and gives new drafts to the other cells.
   * @param rows the cells that the step evaluated
   * @param logits the logits of these cells, in the same order
   * @param events receives the events of the decided cells
   */
  private verifyRows(
    rows: readonly RowRange[],
    logits: readonly Float32Array[],
    events: CellEvent[],
  ): Decision[] {
    const decisions: Decision[] = [];
    const { topmost } = this.fronts;
    let next = 0;
    for (const cells of rows) {
      let isTrue = true;
      for (const position of cellsOf(cells, this.grid.shape)) {
        const row = logits[next++];
        if (!row)
          throw new Error(`The model returned ${logits.length} rows of logits, fewer than asked for.`);
        const now = distributionOf(row, this.options);
        const verdict: VerifiedDraft | undefined = isTrue ? this.verified(position, now) : undefined;
        const isDecided = verdict !== undefined && (verdict.isKept || cells.row === topmost);
        if (isDecided) {
          const { token } = verdict;
          this.fronts.decided[cells.row] = this.fronts.decidedIn(cells.row) + 1;
          decisions.push({ position, ...describeChoice(row, this.options, token) });
          events.push(...this.drafts.decide(position, token));
        } else {
          this.drafts.replace(position, this.drafts.drawAgain(position, now), now);
        }
        isTrue &&= verdict?.isKept === true;
      }
    }
    return decisions;
  }

  /**
   * Tries the draft of a cell. All cells of its row before it are decided. The first cell of the picture has no draft, so its
   * token is drawn.
   */
  private verified(position: RasterPosition, now: Distribution): VerifiedDraft {
    return this.drafts.verify(position, now) ?? { token: this.drafts.draw(position, now), isKept: true };
  }
}
