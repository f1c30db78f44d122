import { cellsOf, type RowRange } from '../row-range';
import type { SequenceLayout } from '../sequence-layout';
import type { CodebookIndex, RasterPosition, TokenGrid } from '../token-grid';
import type { TokenInput } from '../token-input';
import type { ReplacingInputs } from '../step-inputs';
import { standInFor } from '../zipar/stand-in';
import type { PjdFronts } from './pjd-fronts';

/**
 * Computes the inputs of a step over the drafts of several rows. A draft sees every decided token before it, and the drafts
 * before it in its own row. It sees no drafts of other rows. Times make this mask.
 *
 * In a step, decided tokens come first. The drafts of lower rows come next, and those of upper rows come last. A row does not
 * see later times, and its own positions lie behind all rows above.
 */
export class RowDraftFeed {
  /** The input of each decided cell whose keys and values the forward has. */
  private readonly kept = new Map<RasterPosition, TokenInput>();
  /** The inputs that started each row: terminators, or a stand-in for the end of the row above. */
  private readonly starts = new Map<number, readonly TokenInput[]>();
  /** The drafts of the newest step that were fed, by their cells. */
  private drafts = new Map<RasterPosition, TokenInput>();
  private time = 0;

  constructor(
    private readonly grid: TokenGrid,
    private readonly fronts: PjdFronts,
    private readonly layout: SequenceLayout,
  ) {}

  /**
   * @param rows cells to predict, row by row from the top, without the first cell of the picture
   * @param tokenAt the token of a decided cell, else its draft
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
      // The input before a row's cells predicts the first of them, so it is fed again in each step.
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
   * Keeps the drafts of the newest step whose cells are decided, and takes all others: the forward must forget them. A draft
   * that another token replaced is kept too, until the next step feeds that token in its place.
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
   * Feeds what starts a row: its terminators, else the end of the row above, else a stand-in for that end.
   * @returns the inputs that these replace
   */
  private start(row: number, inputs: TokenInput[]): readonly TokenInput[] {
    const first = row * this.grid.shape.width;
    const fixed = this.layout.fixedBefore(first);
    const above = first - 1;
    // The row above feeds its true end in this step, just before.
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
   * Feeds the newest token of a row, if the forward does not have it or the token predicts a cell of the step.
   * @returns the inputs that it replaces: its own earlier one, and a stand-in for it
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

  private takeStart(first: RasterPosition): readonly TokenInput[] {
    const row = first / this.grid.shape.width;
    const start = this.starts.get(row) ?? [];
    this.starts.delete(row);
    return start;
  }
}
