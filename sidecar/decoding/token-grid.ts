import { UNDECIDED } from '../protocol';

/** Height and width of a token grid; a token (row, column) has the raster position row * width + column. */
export interface GridShape {
  readonly height: number;
  readonly width: number;
}

/** A number with a meaning. Plain numbers are assignable to it; numbers with another meaning are not. */
type Meaning<Name extends string> = number & { readonly __meaning?: Name };

/** Index of a cell in raster order: 0..H*W-1. */
export type RasterPosition = Meaning<'raster position'>;

/** Where a token stands after the prompt in the sequence that a model is fed. `SequenceLayout` says which cell stands where. */
export type SequencePosition = Meaning<'sequence position'>;

/** Index of a picture's token in the image decoder's codebook: 0..codes-1. */
export type CodebookIndex = Meaning<'codebook index'>;

/** Id of a token in the vocabulary that the transformer is fed: picture tokens, terminators, text. */
export type ModelToken = Meaning<'model token'>;

export { UNDECIDED };

/**
 * The picture while it is made: H x W codebook indices, with UNDECIDED for cells without a token. Each cell is decided
 * exactly once. Deciding a cell again is an error in the decoder, and throws.
 */
export class TokenGrid {
  /** Raster order, H*W long. */
  readonly tokens: Int32Array;
  private decidedCount = 0;

  constructor(readonly shape: GridShape) {
    this.tokens = new Int32Array(shape.height * shape.width).fill(UNDECIDED);
  }

  get isComplete(): boolean {
    return this.decidedCount === this.tokens.length;
  }

  /** @throws Error when the cell is not decided yet. */
  token(position: RasterPosition): CodebookIndex {
    const token = this.tokens[position];
    if (token === undefined || token === UNDECIDED) throw new Error(`Cell ${position} is not decided yet.`);
    return token;
  }

  isDecided(position: RasterPosition): boolean {
    return (this.tokens[position] ?? UNDECIDED) !== UNDECIDED;
  }

  decide(position: RasterPosition, token: CodebookIndex): void {
    if (position < 0 || position >= this.tokens.length)
      throw new Error(`Cell ${position} is outside the grid.`);
    if (this.isDecided(position)) throw new Error(`Cell ${position} is decided already.`);
    this.tokens[position] = token;
    this.decidedCount++;
  }
}
