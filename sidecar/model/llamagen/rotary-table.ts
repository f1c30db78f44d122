import type { GridShape } from '../../decoding/token-grid';

/** cos and sin of every sequence position: [prefix + H*W, headDim/2] each. */
export interface RotaryTable {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  readonly shape: readonly [number, number];
}

/**
 * LlamaGen's 2D axial rotary embedding: of a head's interleaved pairs, the first half turns with the row, the second
 * with the column, each at frequencies base^(-2i / (headDim/2)).
 *
 * @param prefix condition positions before the first image token
 * @param prefixCos what cos is at condition positions (sin is 0): 0 in published LlamaGen, whose table is zero there,
 *   so that attention to the condition is uniform; 1 leaves queries and keys as they are
 */
export function axialRotaryTable(
  grid: GridShape,
  headDim: number,
  base: number,
  prefix: number,
  prefixCos: 0 | 1,
): RotaryTable {
  const pairs = headDim / 2;
  const pairsPerAxis = pairs / 2;
  const length = prefix + grid.height * grid.width;
  const cos = new Float32Array(length * pairs).fill(prefixCos, 0, prefix * pairs);
  const sin = new Float32Array(length * pairs);
  for (let position = prefix; position < length; position++) {
    const row = Math.floor((position - prefix) / grid.width);
    const column = (position - prefix) % grid.width;
    for (let pair = 0; pair < pairs; pair++) {
      const frequency = base ** (-(pair % pairsPerAxis) / pairsPerAxis);
      const angle = (pair < pairsPerAxis ? row : column) * frequency;
      cos[position * pairs + pair] = Math.cos(angle);
      sin[position * pairs + pair] = Math.sin(angle);
    }
  }
  return { cos, sin, shape: [length, pairs] };
}
