import type { ConditionNeed, ProofModelDescription } from '../../family';
import { unpaddedHalf } from '../../prompt-half';
import { LlamaGenImageDecoder } from './image-decoder';
import type { TransformerManifest, VqManifest } from './manifest';
import { LlamaGenTransformer } from './transformer';

const WEIGHTS = { weights: '', ropeBase: 10000, normEps: 1e-5 };
const CLASSES: ConditionNeed = { kind: 'class', classes: 2 };

const VQ: VqManifest = {
  weights: '',
  codebookSize: 128,
  codebookDim: 8,
  channels: 16,
  channelMultipliers: [1, 2],
  resBlocks: 1,
  zChannels: 16,
  downsample: 2,
  normGroups: 8,
};

interface ProofSize {
  readonly transformer: TransformerManifest;
  readonly side: number;
  /** Width of the feed-forward layer. */
  readonly hidden: number;
}

const SIZES: Readonly<Record<'small' | 'large', ProofSize>> = {
  /** A model small enough to compile and compare in a moment. The time of its pass is the cost of operators. */
  small: {
    transformer: { ...WEIGHTS, ...{ layers: 2, dim: 64, heads: 4, kvHeads: 4, vocab: 128 } },
    side: 8,
    hidden: 128,
  },
  /** One layer of LlamaGen-L at 16x16 tokens. The time of its pass is the cost of weights, keys and values. */
  large: {
    transformer: { ...WEIGHTS, ...{ layers: 1, dim: 1024, heads: 16, kvHeads: 16, vocab: 128 } },
    side: 16,
    hidden: 2816,
  },
};

/** A LlamaGen model of noise, at a size that we choose. */
export function proofModel(size: 'small' | 'large'): ProofModelDescription {
  const { transformer, side, hidden } = SIZES[size];
  const grid = { height: side, width: side };
  const { layers, dim } = transformer;
  return {
    name: `llamagen-${size}`,
    grid,
    layers,
    layerBytes: 4 * (4 * dim * dim + 3 * dim * hidden),
    rowsUntold: hidden,
    transformer: new LlamaGenTransformer(transformer, CLASSES, grid),
    imageDecoder: new LlamaGenImageDecoder('', VQ),
    prompt: { kind: 'prompt', conditional: unpaddedHalf([0]), unconditional: unpaddedHalf([1]) },
  };
}
