import type { WeightPrecision } from '../../protocol';
import type { TransformerDescription } from '../family';
import { rowBytes } from '../precision/linear-parts';

/** Bytes of the matrices in one layer, in float32: what a pass over one token must read. */
export function layerBytes({ tensors, cache: { layers } }: TransformerDescription): number {
  const elements = tensors.map(({ role, shape }) =>
    role === 'linear' ? shape.reduce((product, length) => product * length, 1) : 0,
  );
  return (4 * elements.reduce((a, b) => a + b, 0)) / layers;
}

/** The largest matrix [out, inner] in the layers. */
export function largestLayer({ tensors }: TransformerDescription): {
  readonly out: number;
  readonly inner: number;
} {
  const matrices = tensors.flatMap(({ role, shape: [out = 0, inner = 0] }) =>
    role === 'linear' ? [{ out, inner }] : [],
  );
  const [first = { out: 0, inner: 0 }] = matrices;
  return matrices.reduce(
    (most, each) => (each.out * each.inner > most.out * most.inner ? each : most),
    first,
  );
}

/**
 * The sizes of large matrices in layers and output layers, in bytes. Each size occurs once, and the largest comes first.
 * @param most bytes of a matrix that is not large
 */
export function largeMatrices(
  { tensors }: TransformerDescription,
  precision: WeightPrecision,
  most: number,
): readonly number[] {
  const sizes = tensors.flatMap(({ role, shape: [out = 0, inner = 0] }) =>
    role === 'linear' || role === 'output' ? [out * rowBytes(precision, inner)] : [],
  );
  return [...new Set(sizes)].filter((bytes) => bytes > most).sort((a, b) => b - a);
}
