import type { GridShape } from '../../../decoding/token-grid';
import type { RotaryTable } from '../../blocks/rotary-table';
import type { ConditionNeed } from '../../family';
import { prefixLength } from './prompt-encoder';

/**
 * LlamaGen's 2D axial rotary embedding. The first half of a head's pairs turns with the row, the second half with the
 * column. Each half has the frequencies base^(-2i / (headDim/2)).
 *
 * The prompt's positions have sin 0. Published LlamaGen has cos 0 there too, so attention to the condition is uniform. For a
 * condition in words cos is 1, so queries and keys stay as they are.
 */
export function axialRotaryTable(
  grid: GridShape,
  headDim: number,
  base: number,
  condition: ConditionNeed,
): RotaryTable {
  const prefix = prefixLength(condition);
  const prefixCos = condition.kind === 'words' ? 1 : 0;
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
  return { cos, sin, shape: [length, pairs], pairing: 'neighbours' };
}
