import type { GridShape } from '../../decoding/token-grid';
import type { TransformerManifest } from '../model-manifest';
import { Float, GraphBuilder, type Value } from '../onnx/graph-builder';
import { headProducts, queryProducts } from './attention-products';
import { deviceCacheNodes, hostCacheNodes } from './kv-cache-nodes';
import type { Residence } from './residence';
import type { RotaryTable } from './rotary-table';
import type { TransformerWeights } from './transformer-weights';

/** The shape for which a transformer graph is built. */
export interface TransformerShape extends TransformerManifest {
  readonly grid: GridShape;
  /** Condition positions before the first image token. */
  readonly prefix: number;
}

/** Number of sequence positions that can be fed: the prefix and every image token. The last token is never fed. */
export function cacheCapacity({ prefix, grid }: TransformerShape): number {
  return prefix + grid.height * grid.width;
}

/**
 * LlamaGen's transformer (github.com/FoundationVision/LlamaGen) as an ONNX graph over its weights in place: RMSNorm, rotary
 * attention, SwiGLU, no biases. One pass takes n tokens at arbitrary positions.
 *
 * Inputs (B = 1, or 2 with guidance):
 * - `tokens` int64 [B, n]
 * - `condition` float [B, n, dim] or [1, 1, 1]: replaces the tokens' embeddings where `is_condition` bool [1] holds
 * - `positions` int64 [B, n]: sequence positions, for the rotary table
 * - `predicting` int64 [m]: which of the n tokens predict
 *
 * Inputs where keys and values are kept in host memory (S slots, at most cacheCapacity):
 * - `mask` float [B, 1, n, S + n]: 0 where a query may look, among the slots and among the n, very negative elsewhere
 * - `past_key_L`, `past_value_L` float [B, kvHeads, S, headDim] per layer: any value in slots that were never written
 *
 * Inputs where they are kept on the device (P past slots, R recent ones, N = R + n, in any order):
 * - `past_positions` float [B, 1, 1, P], `new_positions` float [B, 1, 1, N]: positions of the keys
 * - `lowest_seen`, `highest_seen` float [B, 1, n, 1]: a query may look at the positions between these two, both included
 * - `past_spans` float [2, 1, 1, P], `new_spans` float [2, 1, 1, N]: the first row says when each key begins, the second when
 *   it ends
 * - `query_times` float [1, 1, n, 1]: a query may look at keys that have begun and not ended at its time
 * - `past_key_L`, `past_value_L` float [B, kvHeads, P, headDim], `recent_key_L`, `recent_value_L` [B, kvHeads, R, headDim]
 *
 * Outputs:
 * - `logits` [B, m, vocab]
 * - in host memory `keys_values` [2 * layers * B, kvHeads, n, headDim]: the new tokens' keys and values layer by layer
 * - on the device `key_L`, `value_L` [B, kvHeads, N, headDim]: the recent keys and values, then those of the new tokens
 *
 * The caller keeps the keys and values.
 */
export function buildTransformerGraph(
  shape: TransformerShape,
  { checkpoint, hidden, linearLayer }: TransformerWeights,
  rotary: RotaryTable,
  residence: Residence,
): Uint8Array<ArrayBuffer> {
  const { dim, heads, kvHeads, layers, vocab, normEps } = shape;
  const headDim = dim / heads;
  const graph = new GraphBuilder('llamagen', checkpoint.folder, residence === 'device' ? 'webgpu' : 'cpu');
  const weight = (name: string, dims: readonly number[]): Value =>
    graph.weight(name, checkpoint.tensor(name, dims));
  const linear = (x: Value, name: string, out: number, inner: number): Value =>
    linearLayer(graph, checkpoint, { x, name, out, inner });
  const rmsNorm = (x: Value, name: string): Value =>
    graph.op('SimplifiedLayerNormalization', [x, weight(name, [dim])], {
      axis: -1,
      epsilon: new Float(normEps),
    });

  const split = (x: Value, lengths: Value | readonly number[], axis: number): [Value, Value] => {
    const [first, second] = graph.ops(
      'Split',
      [x, typeof lengths === 'string' ? lengths : graph.int64(lengths)],
      2,
      { axis },
    );
    if (first === undefined || second === undefined) throw new Error('Split yields two parts.');
    return [first, second];
  };

  const tokens = graph.input('tokens', 'int64', ['batch', 'n']);
  const condition = graph.input('condition', 'float32', ['condition_batch', 'condition_n', 'condition_dim']);
  const isCondition = graph.input('is_condition', 'bool', [1]);
  const positions = graph.input('positions', 'int64', ['batch', 'n']);
  const predicting = graph.input('predicting', 'int64', ['m']);
  // Half of the scores' scale turns with the queries, the other half with the keys. So the scale needs no operator of its
  // own.
  const half = headDim ** -0.25;
  const cos = graph.float32(
    rotary.cos.map((value) => half * value),
    rotary.shape,
  );
  const sin = graph.float32(
    rotary.sin.map((value) => half * value),
    rotary.shape,
  );

  const batchAndN = graph.op('Shape', [tokens]);
  const n = graph.op('Gather', [batchAndN, graph.int64([1])], { axis: 0 });
  const cache =
    residence === 'host'
      ? hostCacheNodes(graph, { kvHeads, headDim }, n)
      : deviceCacheNodes(graph, { kvHeads, headDim });
  const pastAndNew = graph.op('Concat', [cache.pastLength, cache.newLength], { axis: 0 });
  const splitHeads = graph.op('Concat', [batchAndN, graph.int64([-1, headDim])], { axis: 0 });
  const product = headProducts(graph, { heads, kvHeads }, n);
  const pastProduct = residence === 'host' ? queryProducts(graph, { heads, kvHeads, headDim }, n) : product;

  const attention = (x: Value, layer: number): Value => {
    const qkv = linear(x, `layers.${layer}.attention.wqkv.weight`, dim + 2 * kvHeads * headDim, dim);
    const byHead = graph.op('Transpose', [graph.op('Reshape', [qkv, splitHeads])], { perm: [0, 2, 1, 3] });
    const [turned, value] = split(byHead, [heads + kvHeads, kvHeads], 1); // [B, heads, n, headDim]
    const rotated = graph.op('com.microsoft:RotaryEmbedding', [turned, positions, cos, sin], {
      interleaved: 1,
    });
    const [query, key] = split(rotated, [heads, kvHeads], 1);
    const { past, fresh } = cache.layer(layer, { key, value });

    const scores = graph.op(
      'Concat',
      [pastProduct.scores(query, past.key), product.scores(query, fresh.key)],
      { axis: 3 },
    );
    const weights = graph.op('Softmax', [graph.op('Add', [scores, cache.mask])], { axis: 3 });
    const [pastWeights, newWeights] = split(weights, pastAndNew, 3);
    const mixed = graph.op('Add', [
      pastProduct.mix(pastWeights, past.value),
      product.mix(newWeights, fresh.value),
    ]);
    const merged = graph.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }); // [B, n, heads, headDim]
    return linear(
      graph.op('Reshape', [merged, graph.int64([-1, dim])]),
      `layers.${layer}.attention.wo.weight`,
      dim,
      dim,
    );
  };
  const feedForward = (x: Value, layer: number): Value => {
    const gate = linear(x, `layers.${layer}.feed_forward.w1.weight`, hidden, dim);
    const up = linear(x, `layers.${layer}.feed_forward.w3.weight`, hidden, dim);
    const silu = graph.op('Mul', [gate, graph.op('Sigmoid', [gate])]);
    return linear(graph.op('Mul', [silu, up]), `layers.${layer}.feed_forward.w2.weight`, dim, hidden);
  };

  const table = 'tok_embeddings.weight';
  const embedded = graph.rows(table, checkpoint.tensor(table, [vocab, dim]), tokens);
  let x = graph.op('Reshape', [
    graph.op('Where', [isCondition, condition, embedded]),
    graph.int64([-1, dim]),
  ]); // [B*n, dim]
  for (let layer = 0; layer < layers; layer++) {
    x = graph.op('Add', [x, attention(rmsNorm(x, `layers.${layer}.attention_norm.weight`), layer)]);
    x = graph.op('Add', [x, feedForward(rmsNorm(x, `layers.${layer}.ffn_norm.weight`), layer)]);
  }
  const batched = graph.op('Reshape', [x, graph.op('Concat', [batchAndN, graph.int64([dim])], { axis: 0 })]);
  const chosen = graph.op('Reshape', [
    graph.op('Gather', [batched, predicting], { axis: 1 }),
    graph.int64([-1, dim]),
  ]);
  const flatLogits = linear(rmsNorm(chosen, 'norm.weight'), 'output.weight', vocab, dim);
  const batch = graph.op('Gather', [batchAndN, graph.int64([0])], { axis: 0 });
  const logits = graph.op('Reshape', [
    flatLogits,
    graph.op('Concat', [batch, graph.int64([-1, vocab])], { axis: 0 }),
  ]);
  graph.output(logits, 'logits', 'float32', ['batch', 'm', vocab]);
  cache.outputs();
  return graph.build();
}
