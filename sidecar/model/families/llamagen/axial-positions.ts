import type { GridShape } from '../../decoding/token-grid';

/** cos and sin of every sequence position: [prefix + H*W, headDim/2] each. */
export interface RotaryTable {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  readonly shape: readonly [number, number];
}

/**
 * LlamaGen's 2D axial rotary embedding, for the interleaved pairs of a head. The first half of the pairs turns with the row,
 * the second half with the column. Each half has the frequencies base^(-2i / (headDim/2)).
 *
 * @param prefix condition positions before the first image token
 * @param prefixCos value of cos at condition positions (sin is 0). With 1, queries and keys stay as they are.
 * Published LlamaGen has 0: its table is zero there, so attention to the condition is uniform.
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
