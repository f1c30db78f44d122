import type { SequenceLayout } from '../sequence-layout';
import { standInFor, type StandIn } from './stand-in';
import type { RasterPosition, SequencePosition, TokenGrid } from '../token-grid';
import type { ReplacingInputs } from '../step-inputs';
import type { TokenInput } from '../token-input';

/**
 * Computes the inputs that predict a cell: the tokens before the cell in the sequence. Before a row's first cell these are
 * the end of the row above. While that row is unfinished, its terminator is fed early if the model has one. Otherwise a
 * stand-in for the row's last token is fed. When a cell is predicted again, the end is fed again, with the tokens decided
 * by then.
 */
export class RowFeed {
  /** Rows whose last token is fed. Rows end from the top down, and no two rows end in one step. */
  private endsFed = 0;
  /** The input that stands at each position now. */
  private readonly fed = new Map<SequencePosition, TokenInput>();

  constructor(
    private readonly grid: TokenGrid,
    /** Not used when a row terminator stands before each row. */
    private readonly standIn: StandIn,
    private readonly layout: SequenceLayout,
  ) {}

  /**
   * @param cells cells to predict, in the order of rows, without the first cell of the picture
   * @returns the inputs of a step, which of them predicts each cell, and the earlier inputs that they replace
   */
  inputsFor(cells: readonly RasterPosition[]): ReplacingInputs {
    const inputs = this.rowEnd();
    const indexOf = (input: TokenInput): number => {
      const fed = inputs.findIndex(({ position }) => position === input.position);
      return fed === -1 ? inputs.push(input) - 1 : fed;
    };
    const predicting = cells.map((cell) => this.inputsBefore(cell).map(indexOf).at(-1) ?? NaN);
    const replaced = inputs.flatMap(({ position }) => this.fed.get(position) ?? []);
    for (const input of inputs) this.fed.set(input.position, input);
    return { inputs, predicting, replaced };
  }

  /**
   * A row's last token, in the step after its decision: later rows see it in place of any stand-in. No row follows the last
   * row, so its last token is not fed.
   */
  private rowEnd(): TokenInput[] {
    const { height, width } = this.grid.shape;
    const end = (this.endsFed + 1) * width - 1;
    if (this.endsFed === height - 1 || !this.grid.isDecided(end)) return [];
    this.endsFed++;
    return [this.layout.inputOf(end, this.grid.token(end))];
  }

  /** The inputs before a cell. The last of them predicts the cell; never empty. */
  private inputsBefore(cell: RasterPosition): readonly TokenInput[] {
    const fixed = this.layout.fixedBefore(cell);
    if (fixed.length > 0) return fixed;
    const before = cell - 1;
    const index = this.grid.isDecided(before)
      ? this.grid.token(before)
      : standInFor(before, this.grid, this.standIn);
    return [this.layout.inputOf(before, index)];
  }
}
