import { cellsOf, type RowRange } from '../row-range';
import type { SequenceLayout } from '../sequence-layout';
import type { CodebookIndex, RasterPosition, TokenGrid } from '../token-grid';
import type { TokenInput } from '../token-input';
import type { ReplacingInputs } from '../step-inputs';
import { standInFor } from '../zipar/stand-in';
import type { PjdFronts } from './pjd-fronts';

/**
 * Computes the inputs of a step that tries drafts in several rows. A draft sees every decided token before it, and the drafts
 * before it in its own row. It must not see the drafts of other rows, and the times of the inputs make sure of this.
 *
 * In each step, the decided tokens have the first time. Then come the drafts, one time for each row, and the lowest row has the
 * earliest. So a draft does not see the drafts of the rows above, because their time is later. It does not see the drafts of
 * the rows below, because their positions are later.
 */
export class RowDraftFeed {
  /** The input of each decided cell whose keys and values the forward keeps. */
  private readonly kept = new Map<RasterPosition, TokenInput>();
  /** The inputs that started each row: terminators, or a stand-in for the last token of the row above. */
  private readonly starts = new Map<number, readonly TokenInput[]>();
  /** The drafts that the newest step was fed, by their cells. */
  private drafts = new Map<RasterPosition, TokenInput>();
  /** The time of the decided tokens in the newest step. */
  private time = 0;

  constructor(
    private readonly grid: TokenGrid,
    private readonly fronts: PjdFronts,
    private readonly layout: SequenceLayout,
  ) {}

  /**
   * The inputs of a step, and the earlier inputs that they replace.
   * @param rows the cells to predict, row by row from the top, without the first cell of the picture
   * @param tokenAt the token of a decided cell, or the draft of another cell
   */
  inputsFor(rows: readonly RowRange[], tokenAt: (cell: RasterPosition) => CodebookIndex): ReplacingInputs {
    const { height } = this.grid.shape;
    const inputs: TokenInput[] = [];
    const predicting: number[] = [];
    const replaced: TokenInput[] = [];
    this.time += height + 1;
    this.drafts = new Map();
    const due = new Map(rows.map((cells) => [cells.row, cells]));
    for (let row = 0; row < height; row++) {
      const cells = due.get(row);
      const decided = this.fronts.decidedIn(row);
      // The input before the cells of a row predicts the first of these cells. So it is fed again in each step.
      if (cells && decided === 0) replaced.push(...this.start(row, inputs));
      else if (decided > 0) replaced.push(...this.newestToken(row, decided, cells !== undefined, inputs));
      if (!cells) continue;
      predicting.push(inputs.length - 1);
      for (const cell of cellsOf(cells, this.grid.shape).slice(0, -1)) {
        const input = { ...this.layout.inputOf(cell, tokenAt(cell)), time: this.time + height - row };
        this.drafts.set(cell, input);
        predicting.push(inputs.push(input) - 1);
      }
    }
    return { inputs, predicting, replaced };
  }

  /**
   * Returns the drafts of the newest step whose cells are still undecided. The caller lets the forward forget them. The drafts
   * of decided cells are kept. A corrected draft is also kept, until the next step is fed the decided token in its place.
   */
  takeUntrue(): readonly TokenInput[] {
    const untrue: TokenInput[] = [];
    for (const [cell, input] of this.drafts) {
      if (this.grid.isDecided(cell)) this.kept.set(cell, input);
      else untrue.push(input);
    }
    this.drafts.clear();
    return untrue;
  }

  /**
   * Adds the inputs that start a row: the terminators before it, if the model has them. Otherwise it is the last token of the
   * row above, or a stand-in while that token is undecided.
   * @param inputs receives the inputs
   * @returns the earlier inputs that they replace
   */
  private start(row: number, inputs: TokenInput[]): readonly TokenInput[] {
    const first = row * this.grid.shape.width;
    const fixed = this.layout.fixedBefore(first);
    const above = first - 1;
    // The last token of the row above is decided, and no terminator follows it. So this token starts the row.
    if (fixed.length === 0 && this.grid.isDecided(above)) return this.feedAgain(above, inputs);
    const start =
      fixed.length > 0 ? fixed : [this.layout.inputOf(above, standInFor(above, this.grid, 'nearest'))];
    const earlier = this.starts.get(row) ?? [];
    const timed = start.map((input) => ({ ...input, time: this.time }));
    this.starts.set(row, timed);
    inputs.push(...timed);
    return earlier;
  }

  /**
   * Adds the newest token of a row to the inputs. It does so if the forward does not keep it, or if it predicts a cell of the
   * step.
   * @param predicts whether the step evaluates the cell after this token
   * @param inputs receives the input
   * @returns the earlier inputs that it replaces: an input of the same cell, and a stand-in
   */
  private newestToken(
    row: number,
    decided: number,
    predicts: boolean,
    inputs: TokenInput[],
  ): readonly TokenInput[] {
    const { height, width } = this.grid.shape;
    const cell = row * width + decided - 1;
    const isPictureEnd = cell === height * width - 1;
    const startsNextRow =
      decided === width &&
      !isPictureEnd &&
      this.fronts.decidedIn(row + 1) === 0 &&
      this.layout.fixedBefore(cell + 1).length === 0;
    if (isPictureEnd || startsNextRow || (this.kept.has(cell) && !predicts)) return [];
    return this.feedAgain(cell, inputs);
  }

  /** Adds the token of a decided cell to the inputs. @returns the earlier inputs that it replaces */
  private feedAgain(cell: RasterPosition, inputs: TokenInput[]): readonly TokenInput[] {
    const { width } = this.grid.shape;
    const earlier = this.kept.get(cell);
    const input = { ...this.layout.inputOf(cell, this.grid.token(cell)), time: this.time };
    this.kept.set(cell, input);
    inputs.push(input);
    const isRowEnd = cell % width === width - 1;
    const standIns =
      isRowEnd && this.layout.fixedBefore(cell + 1).length === 0 ? this.takeStart(cell + 1) : [];
    return [...(earlier ? [earlier] : []), ...standIns];
  }

  /** Returns the inputs that started a row, and removes them here. @param first the first cell of the row */
  private takeStart(first: RasterPosition): readonly TokenInput[] {
    const row = first / this.grid.shape.width;
    const start = this.starts.get(row) ?? [];
    this.starts.delete(row);
    return start;
  }
}
