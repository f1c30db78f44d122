import type { SequenceLayout } from '../sequence-layout';
import { standInFor, type StandIn } from './stand-in';
import type { RasterPosition, SequencePosition, TokenGrid } from '../token-grid';
import type { ReplacingInputs } from '../step-inputs';
import type { TokenInput } from '../token-input';

/**
 * Computes the inputs of a step. The token directly before a cell predicts the cell. For the first cell of a row this is the
 * row terminator. If the model has none, it is the last token of the row above. While that last token is undecided, the step
 * is fed a stand-in. If the first cell is predicted again in a later step, the stand-in is chosen and fed again.
 */
export class RowFeed {
  /** The number of rows whose last token is fed. Rows end from the top down, and no two rows end in one step. */
  private endsFed = 0;
  /** The newest input at each position. */
  private readonly fed = new Map<SequencePosition, TokenInput>();

  constructor(
    private readonly grid: TokenGrid,
    /** The rule for stand-ins. It is not used if the model has row terminators. */
    private readonly standIn: StandIn,
    private readonly layout: SequenceLayout,
  ) {}

  /**
   * The inputs of a step.
   * @param cells the cells to predict, in the order of rows, without the first cell of the picture
   * @returns the inputs, the index of the input that predicts each cell, and the earlier inputs that they replace
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
   * The input with a row's last token, in the step after its decision. Later rows then see this token instead of a stand-in.
   * The last token of the picture is not fed, because no cell follows.
   */
  private rowEnd(): TokenInput[] {
    const { height, width } = this.grid.shape;
    const end = (this.endsFed + 1) * width - 1;
    if (this.endsFed === height - 1 || !this.grid.isDecided(end)) return [];
    this.endsFed++;
    return [this.layout.inputOf(end, this.grid.token(end))];
  }

  /** The inputs directly before a cell, at least one. The last one predicts the cell. */
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
