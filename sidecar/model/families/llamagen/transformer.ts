import { RasterLayout, type SequenceLayout } from '../../../decoding/sequence-layout';
import type { GridShape } from '../../../decoding/token-grid';
import type { TransformerGraph } from '../../blocks/transformer-graph';
import type { WeightSource } from '../../checkpoint';
import type { ConditionNeed, TransformerDescription, TransformerPart, TransformerTensor } from '../../family';
import { axialRotaryTable } from './axial-positions';
import type { TransformerManifest } from './manifest';
import { checkPromptWeights, prefixLength, promptEncoder } from './prompt-encoder';
import { sentence } from '../../../protocol/sentence';

/** LlamaGen's transformer (github.com/FoundationVision/LlamaGen, `autoregressive/models/gpt.py`). */
export class LlamaGenTransformer implements TransformerPart {
  readonly weights: string;
  readonly describedBy = sentence`the manifest`;
  readonly codes: number;
  readonly layout: SequenceLayout;

  /** @param words number of words in the vocabulary of a word-conditioned model */
  constructor(
    readonly manifest: TransformerManifest,
    private readonly condition: ConditionNeed,
    private readonly grid: GridShape,
    private readonly words = 0,
  ) {
    this.weights = manifest.weights;
    this.codes = manifest.vocab;
    this.layout = new RasterLayout(grid);
  }

  describe(weights: WeightSource): TransformerDescription {
    const { manifest, condition, grid, codes, layout } = this;
    const { dim, heads, kvHeads, layers } = manifest;
    // Two thirds of 4*dim, rounded up differently by size. Only the weights tell it.
    const hidden = weights.rows('layers.0.feed_forward.w1.weight', dim);
    checkPromptWeights(condition, dim, this.words, weights);
    const promptLength = prefixLength(condition);
    return {
      codes,
      layout,
      heads,
      promptLength,
      cache: { layers, kvHeads, headDim: dim / heads },
      tensors: tensorsOf(manifest, hidden),
      prompt: promptEncoder(condition, dim),
      write: (t) => {
        writeTransformer(t, manifest, hidden, condition, grid);
      },
    };
  }
}

/** RMSNorm, axial rotary attention over fused projections, SwiGLU, no biases. */
function writeTransformer(
  t: TransformerGraph,
  { layers, dim, heads, kvHeads, vocab, normEps, ropeBase }: TransformerManifest,
  hidden: number,
  condition: ConditionNeed,
  grid: GridShape,
): void {
  const headDim = dim / heads;
  const rotary = t.rotary(axialRotaryTable(grid, headDim, ropeBase, condition));

  let x = t.flat(t.promptOr(t.embedding('tok_embeddings.weight', vocab, dim)), dim);
  for (let layer = 0; layer < layers; layer++) {
    const block = `layers.${layer}`;
    const qkvWidth = dim + 2 * kvHeads * headDim;

    const y = t.rmsNorm(x, `${block}.attention_norm.weight`, dim, normEps);
    const qkv = t.heads(t.linear(y, `${block}.attention.wqkv.weight`, qkvWidth, dim));
    const [queryAndKey, value] = t.splitHeads(qkv, [heads + kvHeads, kvHeads]);
    const [query, key] = t.splitHeads(t.turned(queryAndKey, rotary), [heads, kvHeads]);
    const attended = t.attention(layer, { query, key, value });
    x = t.add(x, t.linear(attended, `${block}.attention.wo.weight`, dim, dim));

    const z = t.rmsNorm(x, `${block}.ffn_norm.weight`, dim, normEps);
    const gate = t.linear(z, `${block}.feed_forward.w1.weight`, hidden, dim);
    const up = t.linear(z, `${block}.feed_forward.w3.weight`, hidden, dim);
    const gated = t.multiply(t.silu(gate), up);
    x = t.add(x, t.linear(gated, `${block}.feed_forward.w2.weight`, dim, hidden));
  }
  const last = t.rmsNorm(t.predicting(x, dim), 'norm.weight', dim, normEps);
  t.logits(t.linear(last, 'output.weight', vocab, dim), vocab);
}

function tensorsOf(
  { layers, dim, heads, kvHeads, vocab }: TransformerManifest,
  hidden: number,
): TransformerTensor[] {
  const linear = (name: string, out: number, inner: number): TransformerTensor => ({
    name,
    shape: [out, inner],
    role: 'linear',
  });
  const vector = (name: string): TransformerTensor => ({ name, shape: [dim], role: 'other' });
  const blocks = Array.from({ length: layers }, (_, layer) => [
    vector(`layers.${layer}.attention_norm.weight`),
    linear(`layers.${layer}.attention.wqkv.weight`, dim + (2 * kvHeads * dim) / heads, dim),
    linear(`layers.${layer}.attention.wo.weight`, dim, dim),
    vector(`layers.${layer}.ffn_norm.weight`),
    linear(`layers.${layer}.feed_forward.w1.weight`, hidden, dim),
    linear(`layers.${layer}.feed_forward.w3.weight`, hidden, dim),
    linear(`layers.${layer}.feed_forward.w2.weight`, dim, hidden),
  ]);
  return [
    { name: 'tok_embeddings.weight', shape: [vocab, dim], role: 'table' },
    ...blocks.flat(),
    vector('norm.weight'),
    { name: 'output.weight', shape: [vocab, dim], role: 'output' },
  ];
}
