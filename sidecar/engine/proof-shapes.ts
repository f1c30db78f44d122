import type { TransformerShape } from '../model/llamagen/transformer-graph';
import type { VqManifest } from '../model/model-manifest';

/** The shape of a model of noise, on which a provider is tried: the graphs of real models, at a size that we choose. */
export interface ProofModelShape {
  readonly name: string;
  readonly transformer: TransformerShape;
  /** Width of the feed-forward layer. */
  readonly hidden: number;
  readonly vq: VqManifest;
}

const WEIGHTS = { weights: '', ropeBase: 10000, normEps: 1e-5 };

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

/** A model small enough to compile and compare in a moment. The time of its pass is the cost of operators. */
export const SMALL: ProofModelShape = {
  name: 'small',
  transformer: {
    ...WEIGHTS,
    ...{ layers: 2, dim: 64, heads: 4, kvHeads: 4, vocab: 128 },
    grid: { height: 8, width: 8 },
    prefix: 1,
  },
  hidden: 128,
  vq: VQ,
};

/** One layer of LlamaGen-L at 16x16 tokens. The time of its pass is the cost of weights, keys and values. */
export const LARGE: ProofModelShape = {
  name: 'large',
  transformer: {
    ...WEIGHTS,
    ...{ layers: 1, dim: 1024, heads: 16, kvHeads: 16, vocab: 128 },
    grid: { height: 16, width: 16 },
    prefix: 1,
  },
  hidden: 2816,
  vq: VQ,
};

/** Bytes of weights that a pass reads in one layer. */
export function layerBytes({ transformer: { dim }, hidden }: ProofModelShape): number {
  return 4 * (4 * dim * dim + 3 * dim * hidden);
}
