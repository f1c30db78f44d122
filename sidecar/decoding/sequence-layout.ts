import type { CodebookIndex, GridShape, ModelToken, RasterPosition, SequencePosition } from './token-grid';
import type { TokenInput } from './token-input';

/** Says where the cells of a picture stand in the sequence that a model is fed. All positions come from this type. */
export interface SequenceLayout {
  readonly grid: GridShape;
  /** The number of positions of the picture, row terminators included. Ordinary decoding takes one step for each position. */
  readonly length: number;
  /** The position of a cell's token: 0..length-1. */
  positionOf(cell: RasterPosition): SequencePosition;
  /** The input with a cell's token. */
  inputOf(cell: RasterPosition, index: CodebookIndex): TokenInput;
  /** The row terminators directly before a cell, in the order of the sequence. Empty when another cell is directly before. */
  fixedBefore(cell: RasterPosition): readonly TokenInput[];
}

/** The row terminator, and the rows that have it: all rows (Emu3, Lumina-mGPT), or all rows except the last. */
export type RowTerminators =
  | { readonly after: 'no-row' }
  | { readonly after: 'each-row' | 'each-row-but-the-last'; readonly token: ModelToken };

/** The layout of a grid in raster order, with or without row terminators. */
export class RasterLayout implements SequenceLayout {
  readonly length: number;

  /** @param modelTokenOf turns a codebook index into a model token; by default, both are the same number */
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
 * The inputs that predict a cell in raster order: the token before the cell, and the row terminators between the two. The last
 * input predicts the cell.
 * @param cell any cell except the first of the picture
 * @param indexOf returns the token of an earlier cell
 */
export function inputsBefore(
  layout: SequenceLayout,
  cell: RasterPosition,
  indexOf: (cell: RasterPosition) => CodebookIndex,
): readonly TokenInput[] {
  return [layout.inputOf(cell - 1, indexOf(cell - 1)), ...layout.fixedBefore(cell)];
}
