import type { CodebookIndex, GridShape, ModelToken, RasterPosition, SequencePosition } from './token-grid';
import type { TokenInput } from './token-input';

/** Where the cells of a picture stand in the sequence that a model is fed. Only this type computes positions. */
export interface SequenceLayout {
  readonly grid: GridShape;
  /** Positions that the picture takes, row terminators included. Next-token decoding takes one step for each position. */
  readonly length: number;
  /** The position of a cell's token: 0..length-1. */
  positionOf(cell: RasterPosition): SequencePosition;
  /** A cell's token in the form in which the model is fed it. */
  inputOf(cell: RasterPosition, index: CodebookIndex): TokenInput;
  /** Known inputs that stand directly before a cell, in the order of the sequence. Empty when a cell's token stands there. */
  fixedBefore(cell: RasterPosition): readonly TokenInput[];
}

/** The token that ends a row, and the rows that have it: all rows (Emu3, Lumina-mGPT), or all but the last. */
export type RowTerminators =
  | { readonly after: 'no-row' }
  | { readonly after: 'each-row' | 'each-row-but-the-last'; readonly token: ModelToken };

/** One grid, row after row, with or without a terminator after rows. */
export class RasterLayout implements SequenceLayout {
  readonly length: number;

  /** @param modelTokenOf turns a codebook index into the id in the model's vocabulary; by default both are the same number */
  constructor(
    readonly grid: GridShape,
    private readonly terminators: RowTerminators = { after: 'no-row' },
    private readonly modelTokenOf: (index: CodebookIndex) => ModelToken = (index) => Number(index),
  ) {
    const { height, width } = grid;
    const rowsEnded = { 'no-row': 0, 'each-row': height, 'each-row-but-the-last': height - 1 };
    this.length = height * width + rowsEnded[terminators.after];
  }

  positionOf(cell: RasterPosition): SequencePosition {
    const rowsBefore = Math.floor(cell / this.grid.width);
    return cell + (this.terminators.after === 'no-row' ? 0 : rowsBefore);
  }

  inputOf(cell: RasterPosition, index: CodebookIndex): TokenInput {
    return { position: this.positionOf(cell), token: this.modelTokenOf(index) };
  }

  fixedBefore(cell: RasterPosition): readonly TokenInput[] {
    const isRowStart = cell > 0 && cell % this.grid.width === 0;
    if (!isRowStart || this.terminators.after === 'no-row') return [];
    return [{ position: this.positionOf(cell) - 1, token: this.terminators.token }];
  }
}

/**
 * The inputs that predict a cell in raster order: the token before the cell, and the known inputs between the two. The last
 * input predicts the cell.
 * @param cell not the first
 * @param indexOf the token of an earlier cell
 */
export function inputsBefore(
  layout: SequenceLayout,
  cell: RasterPosition,
  indexOf: (cell: RasterPosition) => CodebookIndex,
): readonly TokenInput[] {
  return [layout.inputOf(cell - 1, indexOf(cell - 1)), ...layout.fixedBefore(cell)];
}
