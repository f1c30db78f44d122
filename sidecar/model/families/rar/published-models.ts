import type { PublishedFiles } from '../../family';
import type { SamplingDefaults } from '../../sampling-defaults';
import type { RarShape } from './rar-shape';

/** Facts about the published RAR models that their tensors do not tell (`README_RAR.md` of github.com/bytedance/1d-tokenizer). */

/** Sampling with guidance that grows over the picture. */
interface RarSampling extends Pick<SamplingDefaults, 'guidance' | 'temperature'> {
  /** The exponent of the guidance over the picture; 0 = constant guidance. */
  readonly power: number;
}

/** The published sizes, with the sampling of their published scores. */
const SIZES: readonly (Pick<RarShape, 'layers' | 'dim'> & { readonly sampling: RarSampling })[] = [
  { layers: 24, dim: 768, sampling: { guidance: 16, power: 2.75, temperature: 1 } },
  { layers: 24, dim: 1024, sampling: { guidance: 15.5, power: 2.5, temperature: 1.02 } },
  { layers: 32, dim: 1280, sampling: { guidance: 6.9, power: 1.5, temperature: 1.02 } },
  { layers: 40, dim: 1408, sampling: { guidance: 8, power: 1.2, temperature: 1.02 } },
];
/** Sampling of the published example. */
const EXAMPLE: RarSampling = { guidance: 4, power: 0, temperature: 1 };
const STEMS = ['rar_b', 'rar_l', 'rar_xl', 'rar_xxl'];
const IMAGE_DECODER = 'maskgit-vqgan-imagenet-f16-256';

/** Rows and columns of all published pictures. */
export const PUBLISHED_GRID: readonly [number, number] = [16, 16];
/** Where the image decoder may lie, from the model's folder. It is published in another repository. */
export const DECODER_FOLDERS = ['.', '../TiTok', '../fun-research--TiTok'];

/** Sampling of the published model of this size, or of the published example. */
export function publishedSampling({ layers, dim }: RarShape): RarSampling {
  return SIZES.find((size) => size.layers === layers && size.dim === dim)?.sampling ?? EXAMPLE;
}

/** The published transformers. Their image decoder is in a repository of its own. */
export const PUBLISHED: PublishedFiles = {
  repositories: [
    { id: 'yucornetto/RAR', holds: 'rar_b.bin to rar_xxl.bin: the 1000 classes of ImageNet' },
    { id: 'fun-research/TiTok', holds: `${IMAGE_DECODER}.bin: the image decoder of RAR` },
  ],
  named: {
    isTransformer: (stem) => STEMS.includes(stem),
    imageDecoderOf: () => IMAGE_DECODER,
    decoderApart: IMAGE_DECODER,
  },
};
