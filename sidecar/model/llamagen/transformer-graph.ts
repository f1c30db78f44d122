import type { GridShape } from '../../decoding/token-grid';
import type { TransformerManifest } from '../model-manifest';
import { Float, GraphBuilder, type Value } from '../onnx/graph-builder';
import { deviceCacheNodes, hostCacheNodes } from './kv-cache-nodes';
import type { Residence } from './residence';
import type { RotaryTable } from './rotary-table';
import type { TransformerWeights } from './transformer-weights';

/** What a transformer graph is built for. */
export interface TransformerShape extends TransformerManifest {
  readonly grid: GridShape;
  /** Condition positions before the first image token. */
  readonly prefix: number;
}

/** Sequence positions that can be fed: the prefix and every image token (the very last one never is). */
export function cacheCapacity({ prefix, grid }: TransformerShape): number {
  return prefix + grid.height * grid.width;
}

/**
 * LlamaGen's transformer (github.com/FoundationVision/LlamaGen) as an ONNX graph over its weights in place:
 * RMSNorm, rotary attention, SwiGLU, no biases. One pass takes n tokens at arbitrary positions.
 *
 * Inputs (B = 1, or 2 with guidance):
 * - `tokens` int64 [B, n]; `condition` float [B, n, dim] or [1, 1, 1], taken instead of the tokens' embeddings where
 *   `is_condition` bool [1] holds
 * - `positions` int64 [B, n]: sequence positions, for the rotary table
 * - `predicting` int64 [m]: which of the n tokens shall predict
 *
 * Where keys and values are kept in host memory (S slots, at most cacheCapacity):
 * - `mask` float [B, 1, n, S + n]: 0 where a query may look, among the slots and among the n, very negative elsewhere
 * - `past_key_L`, `past_value_L` float [B, kvHeads, S, headDim] per layer: any value where nothing was written
 *
 * On the device (P past slots, R recent ones, N = R + n, in whatever order):
 * - `past_positions` float [B, 1, 1, P], `new_positions` float [B, 1, 1, N]; `lowest_seen`, `highest_seen` float [B, 1, n, 1]:
 *   a query may look at the positions from the one to the other
 * - `past_spans` float [2, 1, 1, P], `new_spans` float [2, 1, 1, N], `query_times` float [1, 1, n, 1]: a query may look at what
 *   has begun (the first row) and not ended (the second) at its time
 * - `past_key_L`, `past_value_L` float [B, kvHeads, P, headDim], `recent_key_L`, `recent_value_L` [B, kvHeads, R, headDim]
 *
 * Outputs: `logits` [B, m, vocab]; and for the caller to keep, in host memory `keys_values` [2 * layers * B, kvHeads, n, headDim], the
 * new tokens' keys and values layer by layer; on the device `key_L`, `value_L` [B, kvHeads, N, headDim], theirs after the recent ones.
 */
export function buildTransformerGraph(
  shape: TransformerShape,
  { checkpoint, hidden, linearLayer }: TransformerWeights,
  rotary: RotaryTable,
  residence: Residence,
): Uint8Array<ArrayBuffer> {
  const { dim, heads, kvHeads, layers, vocab, normEps } = shape;
  const headDim = dim / heads;
  const graph = new GraphBuilder('llamagen', checkpoint.folder);
  const weight = (name: string, dims: readonly number[]): Value =>
    graph.weight(name, checkpoint.tensor(name, dims));
  const linear = (x: Value, name: string, out: number, inner: number): Value =>
    linearLayer(graph, checkpoint, { x, name, out, inner });
  const rmsNorm = (x: Value, name: string): Value =>
    graph.op('SimplifiedLayerNormalization', [x, weight(name, [dim])], {
      axis: -1,
      epsilon: new Float(normEps),
    });

  const tokens = graph.input('tokens', 'int64', ['batch', 'n']);
  const condition = graph.input('condition', 'float32', ['condition_batch', 'condition_n', 'condition_dim']);
  const isCondition = graph.input('is_condition', 'bool', [1]);
  const positions = graph.input('positions', 'int64', ['batch', 'n']);
  const predicting = graph.input('predicting', 'int64', ['m']);
  const cos = graph.float32(rotary.cos, rotary.shape);
  const sin = graph.float32(rotary.sin, rotary.shape);
  const scale = graph.float32(Float32Array.of(1 / Math.sqrt(headDim)), []);

  const batchAndN = graph.op('Shape', [tokens]);
  const splitHeads = graph.op('Concat', [batchAndN, graph.int64([-1, headDim])], { axis: 0 });
  const headWidths = graph.int64([heads * headDim, kvHeads * headDim, kvHeads * headDim]);
  const n = graph.op('Gather', [batchAndN, graph.int64([1])], { axis: 0 });
  const cache =
    residence === 'host'
      ? hostCacheNodes(graph, { kvHeads, headDim }, n)
      : deviceCacheNodes(graph, { kvHeads, headDim });
  const pastAndNew = graph.op('Concat', [cache.pastLength, cache.newLength], { axis: 0 });
  const headLength = graph.int64([headDim]);
  const toHeads = (x: Value): Value =>
    graph.op('Transpose', [graph.op('Reshape', [x, splitHeads])], { perm: [0, 2, 1, 3] });
  const rotate = (x: Value): Value =>
    graph.op('com.microsoft:RotaryEmbedding', [x, positions, cos, sin], { interleaved: 1 });
  const transposed = (x: Value): Value => graph.op('Transpose', [x], { perm: [0, 1, 3, 2] });

  // Grouped-query attention: the queries of a group are laid under one another, so that each group meets its one key head.
  const grouped = kvHeads !== heads;
  const regroup = (x: Value, last: Value): Value =>
    grouped
      ? graph.op('Reshape', [x, graph.op('Concat', [graph.int64([0, kvHeads, -1]), last], { axis: 0 })])
      : x;
  const ungroup = (x: Value, last: Value): Value =>
    grouped
      ? graph.op('Reshape', [x, graph.op('Concat', [graph.int64([0, heads]), n, last], { axis: 0 })])
      : x;

  const attention = (x: Value, layer: number): Value => {
    const qkv = linear(x, `layers.${layer}.attention.wqkv.weight`, dim + 2 * kvHeads * headDim, dim);
    const [q, k, v] = graph.ops('Split', [qkv, headWidths], 3, { axis: 1 });
    if (q === undefined || k === undefined || v === undefined) throw new Error('Split yields three parts.');
    const query = regroup(graph.op('Mul', [rotate(toHeads(q)), scale]), headLength); // [B, heads, n, headDim]
    const { past, fresh } = cache.layer(layer, { key: rotate(toHeads(k)), value: toHeads(v) });

    const scores = (keys: Value, length: Value): Value =>
      ungroup(graph.op('MatMul', [query, transposed(keys)]), length);
    const all = [scores(past.key, cache.pastLength), scores(fresh.key, cache.newLength)];
    const masked = graph.op('Add', [graph.op('Concat', all, { axis: 3 }), cache.mask]);
    const weights = graph.op('Softmax', [masked], { axis: 3 });
    const [pastWeights, newWeights] = graph.ops('Split', [weights, pastAndNew], 2, { axis: 3 });
    if (pastWeights === undefined || newWeights === undefined) throw new Error('Split yields two parts.');
    const mixed = graph.op('Add', [
      graph.op('MatMul', [regroup(pastWeights, cache.pastLength), past.value]),
      graph.op('MatMul', [regroup(newWeights, cache.newLength), fresh.value]),
    ]);
    const merged = graph.op('Transpose', [ungroup(mixed, headLength)], { perm: [0, 2, 1, 3] }); // [B, n, heads, headDim]
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

  const embedded = graph.op('Gather', [weight('tok_embeddings.weight', [vocab, dim]), tokens], { axis: 0 });
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
