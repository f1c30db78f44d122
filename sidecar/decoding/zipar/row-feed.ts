import type { TokenInput } from '../forward';
import type { SequenceLayout } from '../sequence-layout';
import { standInFor, type StandIn } from './stand-in';
import type { RasterPosition, SequencePosition, TokenGrid } from '../token-grid';

/** What a pass is fed. */
export interface FedPass {
  readonly inputs: readonly TokenInput[];
  /** Indices into `inputs`, one for each cell that is predicted. */
  readonly predicting: readonly number[];
  /** Inputs of earlier passes at the positions of these. */
  readonly replaced: readonly TokenInput[];
}

/**
 * Knows what a pass is fed to predict a cell: what stands before it in the sequence. Before a row's first cell that is the
 * end of the row above. While that row is unfinished, its terminator is fed early where the model has one, else a
 * stand-in for its last token. A cell that is predicted again is fed the end again, with what is decided by then.
 */
export class RowFeed {
  /** Rows whose last token is fed; rows end from the top down, no two in one pass. */
  private endsFed = 0;
  /** The input that stands at each position now. */
  private readonly fed = new Map<SequencePosition, TokenInput>();

  constructor(
    private readonly grid: TokenGrid,
    /** Not used where a row terminator stands before each row. */
    private readonly standIn: StandIn,
    private readonly layout: SequenceLayout,
  ) {}

  /**
   * @param cells to predict, in the order of rows, none of them the first of all
   * @returns the inputs of a pass, which of them predicts each cell, and the earlier inputs that they take the place of
   */
  inputsFor(cells: readonly RasterPosition[]): FedPass {
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
