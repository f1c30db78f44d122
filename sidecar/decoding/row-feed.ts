import type { TokenInput } from './forward';
import { standInFor, type StandIn } from './stand-in';
import type { CodebookIndex, RasterPosition, SequencePosition, TokenGrid } from './token-grid';

/**
 * Knows what has to be fed to predict a cell: the token before it in the sequence. Before a row's first cell that is the
 * end of the row above. While that row is unfinished, its terminator is fed early where the model has one, else a
 * stand-in for its last token; a cell that is predicted again is fed it again, with what is decided by then.
 */
export class RowFeed {
  /** Rows whose last token is fed; rows end from the top down, no two in one pass. */
  private endsFed = 0;

  constructor(
    private readonly grid: TokenGrid,
    /** Not looked at where there is a terminator. */
    private readonly standIn: StandIn,
    private readonly terminator: CodebookIndex | undefined,
  ) {}

  /**
   * @param cells to predict, in the order of rows, none of them the first of all
   * @returns the inputs of a pass, and which of them predicts each cell
   */
  inputsFor(cells: readonly RasterPosition[]): { inputs: TokenInput[]; predicting: number[] } {
    const inputs = this.rowEnd();
    const predicting = cells.map((cell) => {
      const input = this.inputBefore(cell);
      const fed = inputs.findIndex(({ position }) => position === input.position);
      return fed === -1 ? inputs.push(input) - 1 : fed;
    });
    return { inputs, predicting };
  }

  /** A row's last token, in the pass after it was decided: rows below shall see it in place of any stand-in. Nothing follows the last row. */
  private rowEnd(): TokenInput[] {
    const { height, width } = this.grid.shape;
    const end = (this.endsFed + 1) * width - 1;
    if (this.endsFed === height - 1 || !this.grid.isDecided(end)) return [];
    this.endsFed++;
    return [this.decidedInput(end)];
  }

  private inputBefore(cell: RasterPosition): TokenInput {
    const isRowStart = cell % this.grid.shape.width === 0;
    if (isRowStart && this.terminator !== undefined)
      return { position: this.placeOf(cell) - 1, token: this.terminator };
    const before = cell - 1;
    if (this.grid.isDecided(before)) return this.decidedInput(before);
    return { position: this.placeOf(before), token: standInFor(before, this.grid, this.standIn) };
  }

  private decidedInput(cell: RasterPosition): TokenInput {
    return { position: this.placeOf(cell), token: this.grid.token(cell) };
  }

  private placeOf(cell: RasterPosition): SequencePosition {
    const terminatorsBefore = this.terminator === undefined ? 0 : Math.floor(cell / this.grid.shape.width);
    return cell + terminatorsBefore;
  }
}
