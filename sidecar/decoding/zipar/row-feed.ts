import type { TokenInput } from '../forward';
import type { SequenceLayout } from '../sequence-layout';
import { standInFor, type StandIn } from './stand-in';
import type { RasterPosition, TokenGrid } from '../token-grid';

/**
 * Knows what a pass is fed to predict a cell: what stands before it in the sequence. Before a row's first cell that is the
 * end of the row above. While that row is unfinished, its terminator is fed early where the model has one, else a
 * stand-in for its last token. A cell that is predicted again is fed the end again, with what is decided by then.
 */
export class RowFeed {
  /** Rows whose last token is fed; rows end from the top down, no two in one pass. */
  private endsFed = 0;

  constructor(
    private readonly grid: TokenGrid,
    /** Not used where a row terminator stands before each row. */
    private readonly standIn: StandIn,
    private readonly layout: SequenceLayout,
  ) {}

  /**
   * @param cells to predict, in the order of rows, none of them the first of all
   * @returns the inputs of a pass, and which of them predicts each cell
   */
  inputsFor(cells: readonly RasterPosition[]): { inputs: TokenInput[]; predicting: number[] } {
    const inputs = this.rowEnd();
    const indexOf = (input: TokenInput): number => {
      const fed = inputs.findIndex(({ position }) => position === input.position);
      return fed === -1 ? inputs.push(input) - 1 : fed;
    };
    const predicting = cells.map((cell) => this.inputsBefore(cell).map(indexOf).at(-1) ?? NaN);
    return { inputs, predicting };
  }

  /** A row's last token, in the pass after it was decided: rows below shall see it in place of any stand-in. Nothing follows the last row. */
  private rowEnd(): TokenInput[] {
    const { height, width } = this.grid.shape;
    const end = (this.endsFed + 1) * width - 1;
    if (this.endsFed === height - 1 || !this.grid.isDecided(end)) return [];
    this.endsFed++;
    return [this.layout.inputOf(end, this.grid.token(end))];
  }

  /** What is fed so that the last of it predicts the cell; not empty. */
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
