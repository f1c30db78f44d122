import { HIDDEN_SCORE } from './hidden-score';

/**
 * Who may look at whom. A query at sequence position p attends to every position q <= p that was written, those of
 * the same pass included; never to one that was not written, never to q > p. Padding is seen by nobody but itself,
 * so that a caption's length makes no difference.
 */
export class AttentionMask {
  /** Sequence positions whose key and value are to be seen, one row a half of the batch. */
  private readonly visible: Uint8Array[];

  /**
   * @param capacity sequence positions there can be
   * @param padded for each half of the batch, which positions of the prefix are padding
   */
  constructor(
    capacity: number,
    private readonly padded: readonly (readonly boolean[])[],
  ) {
    this.visible = padded.map(() => new Uint8Array(capacity));
  }

  /**
   * The mask of a pass over `positions`, which count as written from the next pass on.
   * @param slots that the cache has
   * @param held the sequence position in each slot that holds one, from slot 0 on; at most `slots`
   * @returns [B, 1, n, slots + n]: for each query the slots, then the pass's own
   */
  forPass(positions: readonly number[], slots: number, held: readonly number[]): Float32Array {
    const n = positions.length;
    const width = slots + n;
    const mask = new Float32Array(this.padded.length * n * width).fill(HIDDEN_SCORE);
    for (const [half, visible] of this.visible.entries()) {
      const isPadded = this.padded[half] ?? [];
      // What is fed again is seen as it is now, among the new ones.
      for (const position of positions) visible[position] = 0;
      for (const [i, query] of positions.entries()) {
        const row = (half * n + i) * width;
        const last = isPadded[query] === true ? -1 : query;
        for (let slot = 0; slot < held.length; slot++) {
          const key = held[slot] ?? 0;
          if (key <= last && visible[key] === 1) mask[row + slot] = 0;
        }
        for (const [j, key] of positions.entries()) {
          if (j === i || (key <= last && isPadded[key] !== true)) mask[row + slots + j] = 0;
        }
      }
      for (const position of positions) visible[position] = isPadded[position] === true ? 0 : 1;
    }
    return mask;
  }
}
