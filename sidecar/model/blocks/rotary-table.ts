/** cos and sin of the angles by which a head's pairs turn: [positions, headDim / 2] each. */
export interface RotaryTable {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
  readonly shape: readonly [positions: number, pairs: number];
  /**
   * The features that turn together. `neighbours`: 2i and 2i + 1. `halves`: i and i + headDim / 2.
   */
  readonly pairing: 'neighbours' | 'halves';
}

/**
 * Rotary embedding by the position in the sequence: pair i turns by position * base^(-2i / headDim).
 * @param positions number of positions that can occur
 */
export function sequenceRotaryTable(
  positions: number,
  headDim: number,
  base: number,
  pairing: RotaryTable['pairing'],
): RotaryTable {
  const pairs = headDim / 2;
  const cos = new Float32Array(positions * pairs);
  const sin = new Float32Array(positions * pairs);
  for (let pair = 0; pair < pairs; pair++) {
    const frequency = base ** (-pair / pairs);
    for (let position = 0; position < positions; position++) {
      cos[position * pairs + pair] = Math.cos(position * frequency);
      sin[position * pairs + pair] = Math.sin(position * frequency);
    }
  }
  return { cos, sin, shape: [positions, pairs], pairing };
}
