import type { Checkpoint } from '../checkpoint';
import { Float, GraphBuilder, type Value } from '../onnx/graph-builder';
import type { T5Config } from './t5-config';

/** The embedding table, which encoder and decoder share. Files with an encoder alone may use the second name. */
const EMBEDDINGS = ['shared.weight', 'encoder.embed_tokens.weight'] as const;

/**
 * T5's encoder (Raffel et al. 2020, in the form of version 1.1; transformers' `modeling_t5.py`) as an ONNX graph over the
 * checkpoint in place. It takes one text, without padding. The reference pads to a fixed length and masks the padding out,
 * with the same result.
 *
 * Inputs: `tokens` int64 [n]; `buckets` int64 [n, n], see `relativePositionBuckets`.
 * Output: `hidden` float [n, dim], the last hidden states after the final norm.
 *
 * The graph computes in float32 from the weights as they are stored. Captions for training were computed in bfloat16.
 * Embeddings agree with those captions to about three digits, and with transformers in float32 to six.
 */
export function buildT5EncoderGraph(
  config: T5Config,
  checkpoint: Checkpoint,
  provider = 'cpu',
): Uint8Array<ArrayBuffer> {
  const { vocab, dim, layers, heads, headDim, hidden, buckets, normEps } = config;
  const inner = heads * headDim;
  const graph = new GraphBuilder('t5-encoder', checkpoint.folder, provider);
  const weight = (name: string, dims: readonly number[]): Value =>
    graph.weight(name, checkpoint.tensor(name, dims));
  const linear = (x: Value, name: string, out: number, from: number): Value =>
    graph.op('Gemm', [x, weight(name, [out, from])], { transB: 1 });
  const rmsNorm = (x: Value, name: string): Value =>
    graph.op('SimplifiedLayerNormalization', [x, weight(name, [dim])], {
      axis: -1,
      epsilon: new Float(normEps),
    });

  const tokens = graph.input('tokens', 'int64', ['n']);
  const bucketOf = graph.input('buckets', 'int64', ['n', 'n']);
  const biases = weight('encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight', [
    buckets,
    heads,
  ]);
  // All layers use the bias of the first layer.
  const bias = graph.op('Transpose', [graph.op('Gather', [biases, bucketOf], { axis: 0 })], {
    perm: [2, 0, 1],
  }); // [heads, n, n]

  const splitHeads = graph.int64([-1, heads, headDim]);
  const toHeads = (x: Value, perm: readonly number[]): Value =>
    graph.op('Transpose', [graph.op('Reshape', [x, splitHeads])], { perm });
  const attention = (x: Value, block: string): Value => {
    const project = (part: string): Value => linear(x, `${block}.SelfAttention.${part}.weight`, inner, dim);
    const query = toHeads(project('q'), [1, 0, 2]); // [heads, n, headDim]
    const key = toHeads(project('k'), [1, 2, 0]); // [heads, headDim, n]
    const value = toHeads(project('v'), [1, 0, 2]);
    const scores = graph.op('Add', [graph.op('MatMul', [query, key]), bias]);
    const mixed = graph.op('MatMul', [graph.op('Softmax', [scores], { axis: 2 }), value]);
    const merged = graph.op('Transpose', [mixed], { perm: [1, 0, 2] }); // [n, heads, headDim]
    return linear(
      graph.op('Reshape', [merged, graph.int64([-1, inner])]),
      `${block}.SelfAttention.o.weight`,
      dim,
      inner,
    );
  };
  const feedForward = (x: Value, block: string): Value => {
    const gate = linear(x, `${block}.DenseReluDense.wi_0.weight`, hidden, dim);
    const up = linear(x, `${block}.DenseReluDense.wi_1.weight`, hidden, dim);
    const gated = graph.op('Mul', [graph.op('Gelu', [gate], { approximate: 'tanh' }), up]);
    return linear(gated, `${block}.DenseReluDense.wo.weight`, dim, hidden);
  };

  const embedding = EMBEDDINGS.find((name) => checkpoint.has(name)) ?? EMBEDDINGS[0];
  let x = graph.rows(embedding, checkpoint.tensor(embedding, [vocab, dim]), tokens); // [n, dim]
  for (let layer = 0; layer < layers; layer++) {
    const [attend, feed] = [`encoder.block.${layer}.layer.0`, `encoder.block.${layer}.layer.1`];
    x = graph.op('Add', [x, attention(rmsNorm(x, `${attend}.layer_norm.weight`), attend)]);
    x = graph.op('Add', [x, feedForward(rmsNorm(x, `${feed}.layer_norm.weight`), feed)]);
  }
  graph.output(rmsNorm(x, 'encoder.final_layer_norm.weight'), 'hidden', 'float32', ['n', dim]);
  return graph.build();
}
