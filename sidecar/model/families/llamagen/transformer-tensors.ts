import type { WeightSource } from '../checkpoint';
import type { LinearLayer } from '../precision/linear-layer';
import type { TransformerShape } from './transformer-graph';

/** The place of a transformer's weights, and how its linear layers are computed from them. */
export interface TransformerWeights {
  readonly checkpoint: WeightSource;
  /** Width of the feed-forward layer: two thirds of 4*dim, rounded up differently by size. */
  readonly hidden: number;
  readonly linearLayer: LinearLayer;
}

/** A tensor that the transformer's graph reads. */
export interface TransformerTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /**
   * `linear`: the matrix [out, inner] of a linear layer in a block. `output`: the matrix of the `output` layer. `other`: any
   * other tensor.
   */
  readonly role: 'linear' | 'output' | 'other';
}

/** Width of the feed-forward layer. Only the weights tell it. @throws ModelError when the weights belong to another model */
export function feedForwardWidth(checkpoint: WeightSource, dim: number): number {
  return checkpoint.rows('layers.0.feed_forward.w1.weight', dim);
}

/** Every tensor that the transformer's graph reads, in its order. */
export function transformerTensors(
  { layers, dim, heads, kvHeads, vocab }: Omit<TransformerShape, 'grid' | 'prefix'>,
  hidden: number,
): TransformerTensor[] {
  const linear = (name: string, out: number, inner: number): TransformerTensor => ({
    name,
    shape: [out, inner],
    role: 'linear',
  });
  const other = (name: string, ...shape: number[]): TransformerTensor => ({ name, shape, role: 'other' });
  const blocks = Array.from({ length: layers }, (_, layer) => [
    other(`layers.${layer}.attention_norm.weight`, dim),
    linear(`layers.${layer}.attention.wqkv.weight`, dim + (2 * kvHeads * dim) / heads, dim),
    linear(`layers.${layer}.attention.wo.weight`, dim, dim),
    other(`layers.${layer}.ffn_norm.weight`, dim),
    linear(`layers.${layer}.feed_forward.w1.weight`, hidden, dim),
    linear(`layers.${layer}.feed_forward.w3.weight`, hidden, dim),
    linear(`layers.${layer}.feed_forward.w2.weight`, dim, hidden),
  ]);
  return [
    other('tok_embeddings.weight', vocab, dim),
    ...blocks.flat(),
    other('norm.weight', dim),
    { name: 'output.weight', shape: [vocab, dim], role: 'output' },
  ];
}
