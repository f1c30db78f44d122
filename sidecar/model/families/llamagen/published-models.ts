import type { ConditionNeed, PublishedFiles } from '../../family';
import type { SamplingDefaults } from '../../sampling-defaults';
import type { TransformerManifest } from './manifest';

/**
 * Facts about the published LlamaGen models that their tensors do not tell (github.com/FoundationVision/LlamaGen,
 * `autoregressive/models/gpt.py` and its README).
 */

/** Attention heads for each number of layers and width: no tensor's shape depends on the number of heads. */
const HEADS = [
  { size: 'B', layers: 12, dim: 768, heads: 12 },
  { size: 'L', layers: 24, dim: 1024, heads: 16 },
  { size: 'XL', layers: 36, dim: 1280, heads: 20 },
  { size: 'XXL', layers: 48, dim: 1536, heads: 24 },
  { size: 'XXXL', layers: 48, dim: 2560, heads: 40 },
  { size: '1B', layers: 22, dim: 2048, heads: 32 },
  { size: '3B', layers: 24, dim: 3200, heads: 32 },
  { size: '7B', layers: 32, dim: 4096, heads: 32 },
] as const;

/** Side of the square grid for each published file name, without extension. The weights are the same for every grid. */
const GRID_SIDES: Readonly<Record<string, number>> = {
  c2i_B_256: 16,
  c2i_B_384: 24,
  c2i_L_256: 16,
  c2i_L_384: 24,
  c2i_XL_384: 24,
  c2i_XXL_384: 24,
  c2i_3B_384: 24,
  t2i_XL_stage1_256: 16,
  t2i_XL_stage2_512: 32,
};

/** Codebook of every published image tokenizer. */
const PUBLISHED_VOCAB = 16384;

/** Download places of the published image tokenizers, by file name without extension. */
const VQ_URLS: Readonly<Record<string, string>> = {
  vq_ds16_c2i: 'https://huggingface.co/FoundationVision/LlamaGen/resolve/main/vq_ds16_c2i.pt',
  vq_ds8_c2i: 'https://huggingface.co/FoundationVision/LlamaGen/resolve/main/vq_ds8_c2i.pt',
  vq_ds16_t2i: 'https://huggingface.co/peizesun/llamagen_t2i/resolve/main/vq_ds16_t2i.pt',
};

/** Sampling of the published models, and the image tokenizer that they were trained on. */
const BY_CONDITION = {
  class: { defaults: { guidance: 4, topK: 2000 }, vq: 'vq_ds16_c2i' },
  'caption-embedding': { defaults: { guidance: 7.5, topK: 1000 }, vq: 'vq_ds16_t2i' },
} as const;

/** Heads of a published size; undefined when the size is not published. */
export function publishedHeads(layers: number, dim: number): number | undefined {
  return HEADS.find((size) => size.layers === layers && size.dim === dim)?.heads;
}

/** The grid of a published checkpoint, by its file name without extension. */
export function publishedGrid(stem: string): readonly [number, number] | undefined {
  const side = Object.hasOwn(GRID_SIDES, stem) ? GRID_SIDES[stem] : undefined;
  return side === undefined ? undefined : [side, side];
}

/** Where a published image tokenizer can be downloaded, by its file name without extension. */
export function publishedVqUrl(stem: string): string | undefined {
  return Object.hasOwn(VQ_URLS, stem) ? VQ_URLS[stem] : undefined;
}

/** The published image tokenizer for a transformer, by its file name without extension; undefined when none fits its codebook. */
export function publishedVqFor(vocab: number, { kind }: ConditionNeed): string | undefined {
  return vocab === PUBLISHED_VOCAB && isPublishedKind(kind) ? BY_CONDITION[kind].vq : undefined;
}

/** The published transformers, and the image tokenizer of each. */
export const PUBLISHED: PublishedFiles = {
  repositories: [
    {
      id: 'FoundationVision/LlamaGen',
      holds: 'c2i_B_256.pt to c2i_3B_384.pt: the 1000 classes of ImageNet',
    },
    {
      id: 'peizesun/llamagen_t2i',
      holds: 't2i_XL_stage1_256.pt, t2i_XL_stage2_512.pt: caption embeddings',
    },
  ],
  named: {
    isTransformer: (stem) => publishedGrid(stem) !== undefined,
    imageDecoderOf: (stem) => BY_CONDITION[stem.startsWith('c2i') ? 'class' : 'caption-embedding'].vq,
  },
};

/** Sampling of the published models, for a transformer that has the architecture of one. */
export function publishedDefaults(
  { layers, dim, vocab }: TransformerManifest,
  condition: ConditionNeed,
): Partial<SamplingDefaults> {
  const isPublished = vocab === PUBLISHED_VOCAB && publishedHeads(layers, dim) !== undefined;
  return isPublished && isPublishedKind(condition.kind) ? BY_CONDITION[condition.kind].defaults : {};
}

function isPublishedKind(kind: ConditionNeed['kind']): kind is keyof typeof BY_CONDITION {
  return Object.hasOwn(BY_CONDITION, kind);
}
