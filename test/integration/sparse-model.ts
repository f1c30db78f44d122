import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transformerShapes } from '../checkpoints/llamagen-shapes';
import { writeSparseSafetensors } from '../checkpoints/sparse-safetensors';

/** Shape of a LlamaGen transformer whose weights are all zero. */
export interface SparseModel {
  readonly dim: number;
  readonly layers: number;
  /** Number of condition positions: a long prefix makes the prompt's step slow. */
  readonly prefix: number;
}

/** Writes a model folder of real size that takes no room on the disk. A test of responsiveness needs nothing more. */
export async function writeSparseModel(folder: string, { dim, layers, prefix }: SparseModel): Promise<void> {
  const vocab = 64;
  const captionDim = 8;
  const heads = dim / 64;
  const condition = { tokens: prefix, captionDim };
  await mkdir(folder, { recursive: true });
  const weights = transformerShapes({ layers, dim, heads, vocab, condition });
  await writeSparseSafetensors(path.join(folder, 'model.safetensors'), weights);
  await writeSparseSafetensors(path.join(folder, 'caption.safetensors'), [
    ['caption_emb', [prefix, captionDim]],
    ['emb_mask', [prefix]],
  ]);
  const manifest = {
    format: 'zipar-model',
    version: 1,
    name: 'sparse',
    family: 'llamagen',
    grid: [8, 8],
    transformer: {
      weights: 'model.safetensors',
      layers,
      dim,
      heads,
      kvHeads: heads,
      vocab,
      ropeBase: 10000,
      normEps: 1e-5,
    },
    condition: { kind: 'caption-embedding', tokens: prefix, dim: captionDim },
  };
  await writeFile(path.join(folder, 'zipar-model.json'), JSON.stringify(manifest));
}
