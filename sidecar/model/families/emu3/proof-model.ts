import type { ProofModelDescription } from '../../family';
import { decoderPart } from '../../image-decoder/decoder-part';
import type { ImageDecoderShape } from '../../image-decoder/decoder-shape';
import type { LlamaShape } from '../../llama/llama-shape';
import type { PictureIds } from '../../llama/picture-ids';
import { SharedVocabularyTransformer } from '../../llama/shared-vocabulary-transformer';
import { unpaddedHalf } from '../../prompt-half';

const SHAPE: LlamaShape = {
  ...{ layers: 2, dim: 64, heads: 4, kvHeads: 2, headDim: 16, hidden: 128, vocab: 160 },
  ...{ normEps: 1e-5, ropeBase: 1e6, maxPositions: undefined, biased: new Set() },
};
const IDS: PictureIds = { first: 32, codes: 128, endOfLine: 1 };

const DECODER: ImageDecoderShape = {
  ...{ naming: 'emu3', codebookSize: 128, codebookDim: 4, zChannels: 4, hasUnitCodes: false },
  ...{ norm: 'spatial', normGroups: 8, hasAttentionMatrices: false, timeBlocks: 1, timeDoublings: 1 },
  levels: [
    { width: 16, blocks: 1, attends: true, doubles: true },
    { width: 16, blocks: 1, attends: false, doubles: false },
  ],
  downsample: 2,
};

/**
 * A small Emu3 of noise. It computes what no other family's proof model does: pairs of halves of a head, and fewer heads of keys
 * than of queries. The halves of its prompt have different lengths, and the norms of its image decoder depend on the codes.
 */
export function proofModel(size: 'small' | 'large'): ProofModelDescription | undefined {
  if (size === 'large') return undefined;
  const grid = { height: 8, width: 8 };
  const { layers, dim, heads, kvHeads, headDim, hidden } = SHAPE;
  const attention = dim * headDim * (2 * heads + 2 * kvHeads);
  return {
    name: 'emu3-small',
    grid,
    layers,
    layerBytes: 4 * (attention + 3 * dim * hidden),
    rowsUntold: hidden,
    transformer: new SharedVocabularyTransformer(
      { weights: '', prefix: '', head: 'lm_head.weight', shape: SHAPE, ids: IDS, usualPromptLength: 5 },
      grid,
      '',
    ),
    imageDecoder: decoderPart({ folder: '', weights: '' }, DECODER),
    prompt: {
      kind: 'prompt',
      conditional: unpaddedHalf([2, 3, 4, 5, 6]),
      unconditional: unpaddedHalf([2, 7]),
    },
  };
}
