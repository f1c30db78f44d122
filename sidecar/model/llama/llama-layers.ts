import type { AttentionShape, TransformerGraph } from '../blocks/transformer-graph';
import { sequenceRotaryTable } from '../blocks/rotary-table';
import type { TransformerTensor } from '../family';
import type { Value } from '../onnx/graph-builder';
import type { LinearOfBlock, LlamaShape } from './llama-shape';

/** Rows of the norms of queries and keys. A row belongs to as many heads, one after another, as rows divide them. */
export interface HeadNormRows {
  readonly query: number;
  readonly key: number;
}

/** A language model's layers over tensors whose names begin with `prefix`. */
export interface LlamaLayers {
  readonly shape: LlamaShape;
  readonly prefix: string;
  /** Norms of queries and keys, a layer norm for each head; undefined for models without them. */
  readonly headNorms?: HeadNormRows | undefined;
  /** Positions for which the rotary table is made. */
  readonly positions: number;
}

const HEAD_NORM_EPSILON = 1e-5;

/** The tensors that `writeLlamaLayers` reads. */
export function llamaTensors({ shape, prefix, headNorms }: LlamaLayers): TransformerTensor[] {
  const { dim, heads, kvHeads, headDim, hidden, layers, biased } = shape;
  const other = (name: string, dims: readonly number[]): TransformerTensor => ({
    name,
    shape: dims,
    role: 'other',
  });
  const headNorm = (name: string, rows: number): TransformerTensor[] => [
    other(`${name}.weight`, [rows, headDim]),
    other(`${name}.bias`, [rows, headDim]),
  ];
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const block = `${prefix}layers.${layer}`;
    const linear = (name: LinearOfBlock, out: number, inner: number): TransformerTensor[] => [
      { name: `${block}.${name}.weight`, shape: [out, inner], role: 'linear' },
      ...(biased.has(name) ? [other(`${block}.${name}.bias`, [out])] : []),
    ];
    return [
      other(`${block}.input_layernorm.weight`, [dim]),
      ...linear('self_attn.q_proj', heads * headDim, dim),
      ...linear('self_attn.k_proj', kvHeads * headDim, dim),
      ...linear('self_attn.v_proj', kvHeads * headDim, dim),
      ...(headNorms ? headNorm(`${block}.self_attn.q_norm`, headNorms.query) : []),
      ...(headNorms ? headNorm(`${block}.self_attn.k_norm`, headNorms.key) : []),
      ...linear('self_attn.o_proj', dim, heads * headDim),
      other(`${block}.post_attention_layernorm.weight`, [dim]),
      ...linear('mlp.gate_proj', hidden, dim),
      ...linear('mlp.up_proj', hidden, dim),
      ...linear('mlp.down_proj', dim, hidden),
    ];
  });
  return [...blocks.flat(), other(`${prefix}norm.weight`, [dim])];
}

/**
 * Writes the layers and the final norm: RMSNorm, rotary attention by the position in the sequence, SwiGLU.
 * @param embedded hidden states [B*n, dim]
 * @returns hidden states [B*m, dim] of the tokens that predict
 */
export function writeLlamaLayers(t: TransformerGraph, model: LlamaLayers, embedded: Value): Value {
  const { shape, prefix, headNorms, positions } = model;
  const { dim, heads, kvHeads, headDim, hidden, normEps } = shape;
  const rotary = t.rotary(sequenceRotaryTable(positions, headDim, shape.ropeBase, 'halves'));

  let x = embedded;
  for (let layer = 0; layer < shape.layers; layer++) {
    const block = `${prefix}layers.${layer}`;
    const linear = (from: Value, name: LinearOfBlock, out: number, inner: number): Value => {
      const bias = shape.biased.has(name) ? `${block}.${name}.bias` : undefined;
      return t.linear(from, `${block}.${name}.weight`, out, inner, bias);
    };
    const y = t.rmsNorm(x, `${block}.input_layernorm.weight`, dim, normEps);
    const project = (name: 'q' | 'k' | 'v', count: number): Value =>
      t.heads(linear(y, `self_attn.${name}_proj`, count * headDim, dim));
    const turned = (name: 'q' | 'k', count: number, normRows: number | undefined): Value => {
      const projected = project(name, count);
      const normed =
        normRows === undefined
          ? projected
          : headNorm(t, projected, `${block}.self_attn.${name}_norm`, { count, headDim, rows: normRows });
      return t.turned(normed, rotary);
    };
    const query = turned('q', heads, headNorms?.query);
    const key = turned('k', kvHeads, headNorms?.key);
    const attended = t.attention(layer, { query, key, value: project('v', kvHeads) });
    x = t.add(x, linear(attended, 'self_attn.o_proj', dim, heads * headDim));

    const z = t.rmsNorm(x, `${block}.post_attention_layernorm.weight`, dim, normEps);
    const gate = linear(z, 'mlp.gate_proj', hidden, dim);
    const up = linear(z, 'mlp.up_proj', hidden, dim);
    x = t.add(x, linear(t.multiply(t.silu(gate), up), 'mlp.down_proj', dim, hidden));
  }
  return t.rmsNorm(t.predicting(x, dim), `${prefix}norm.weight`, dim, normEps);
}

interface HeadNorm extends Pick<AttentionShape, 'headDim'> {
  readonly count: number;
  readonly rows: number;
}

/** Layer norm over each head's features. @param x [B, count, n, headDim] */
function headNorm(t: TransformerGraph, x: Value, name: string, { count, headDim, rows }: HeadNorm): Value {
  const { graph } = t;
  const normed = t.standardised(x, headDim, HEAD_NORM_EPSILON);
  /** [rows, headDim] -> [count, 1, headDim] */
  const forHeads = (part: string): Value => {
    const stored = t.weight(`${name}.${part}`, [rows, headDim]);
    const apart = graph.op('Reshape', [stored, graph.int64([rows, 1, headDim])]);
    const repeated = graph.op('Expand', [apart, graph.int64([rows, count / rows, headDim])]);
    return graph.op('Reshape', [repeated, graph.int64([count, 1, headDim])]);
  };
  return t.add(t.multiply(normed, forHeads('weight')), forHeads('bias'));
}
