import type { CodebookIndex, GridShape, SequencePosition } from './token-grid';

/** A token handed to the model in a pass. */
export interface TokenInput {
  /** Where the token stands, or will stand: its rotary position and its place in the cache. Fed again, it replaces what was there. */
  readonly position: SequencePosition;
  readonly token: CodebookIndex;
}

/**
 * The model as a decoder sees it: token inputs in, logits out, guidance applied.
 * Keys and values of all earlier inputs are kept inside, until `start` begins a new picture.
 *
 * A query at position p attends to the prompt and to every position q <= p that was fed, those of the same pass
 * included; never to one that was not fed, never to q > p.
 */
export interface Forward {
  readonly grid: GridShape;
  /** Token that ends each row (Emu3, Lumina-mGPT); its place in the sequence is known, so it is never predicted. */
  readonly rowTerminator?: CodebookIndex | undefined;
  /** The prompt's pass. @returns logits [vocab] of cell (0,0) */
  start(): Promise<Float32Array>;
  /**
   * One pass over several tokens.
   * @param inputs at least one, no two at the same position
   * @param predicting which of the inputs shall predict the cell after them: indices into `inputs`
   * @returns for each of `predicting`, logits [vocab] of the cell that follows in raster order. Valid until the next call.
   */
  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]>;
}
