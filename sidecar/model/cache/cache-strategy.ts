import type { ExecutionOptions } from '../../runtime/runtime';
import type { AttentionProducts } from '../blocks/attention-products';
import type { GraphBuilder, Value } from '../onnx/graph-builder';
import type { CacheShape, KeyValueCache } from './kv-cache';
import type { CacheNodes, CacheNodesShape } from './kv-cache-nodes';
import type { Residence } from './residence';

/** The heads of keys, values and queries. */
export interface AttentionHeads extends CacheNodesShape {
  readonly heads: number;
}

/**
 * A way to keep keys and values between the passes of a run: its part of the transformer's graph, and the caches themselves.
 * Nothing else knows how it is done.
 */
export interface CacheStrategy {
  readonly residence: Residence;
  /** Writes the nodes that hand earlier keys and values to attention. @param n int64 [1], tokens of the pass */
  nodes(graph: GraphBuilder, heads: AttentionHeads, n: Value): CacheNodes;
  /** The products of attention with keys and values of earlier passes. */
  pastProducts(graph: GraphBuilder, heads: AttentionHeads, n: Value): AttentionProducts;
  /** Outputs of the transformer that stay on the device. */
  outputsOnDevice(layers: number): readonly string[];
  /** Opens what the caches of a transformer share. */
  open(shape: CacheNodesShape, execution: ExecutionOptions): Promise<CacheMaker>;
}

/** Makes the caches of a transformer: one for each picture. */
export interface CacheMaker {
  newCache(shape: CacheShape): KeyValueCache;
  release(): Promise<void>;
}
