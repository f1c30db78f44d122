import { UNDECIDED } from '../protocol';

/** The height and width of a grid, in cells. The cell (row, column) has the raster position row * width + column. */
export interface GridShape {
  readonly height: number;
  readonly width: number;
}

/** A number with a meaning. The compiler accepts a plain number for it, but no number with another meaning. */
type Meaning<Name extends string> = number & { readonly __meaning?: Name };

/** The number of a cell in raster order, 0..H*W-1. */
export type RasterPosition = Meaning<'raster position'>;

/**
 * The place of a token in the sequence that a model is fed, from 0 after the prompt. `SequenceLayout` says where cells stand.
 */
export type SequencePosition = Meaning<'sequence position'>;

/** The number that the image decoder has for a token, 0..codes-1. */
export type CodebookIndex = Meaning<'codebook index'>;

/** The number that the transformer has for a token. Its vocabulary holds picture tokens, row terminators and text. */
export type ModelToken = Meaning<'model token'>;

export { UNDECIDED };

/**
 * The tokens of a picture while it is made: H x W codebook indices, and UNDECIDED for undecided cells. Each cell is decided
 * exactly once. A decoder that decides a cell again has an error, so `decide` throws.
 */
export class TokenGrid {
  /** The tokens in raster order [H*W]. */
  readonly tokens: Int32Array;
  private decidedCount = 0;

  constructor(readonly shape: GridShape) {
    this.tokens = new Int32Array(shape.height * shape.width).fill(UNDECIDED);
  }

  get isComplete(): boolean {
    return this.decidedCount === this.tokens.length;
  }

  /** The token of a decided cell. @throws Error when the cell is undecided */
  token(position: RasterPosition): CodebookIndex {
    const token = this.tokens[position];
    if (token === undefined || token === UNDECIDED) throw new Error(`Cell ${position} is not decided yet.`);
    return token;
  }

  isDecided(position: RasterPosition): boolean {
    return (this.tokens[position] ?? UNDECIDED) !== UNDECIDED;
  }

  /** Decides a cell. @throws Error when the cell is outside the grid, or decided already */
  decide(position: RasterPosition, token: CodebookIndex): void {
    if (position < 0 || position >= this.tokens.length)
      throw new Error(`Cell ${position} is outside the grid.`);
    if (this.isDecided(position)) throw new Error(`Cell ${position} is decided already.`);
    this.tokens[position] = token;
    this.decidedCount++;
  }
}
