import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MANIFEST_FILE } from '../../sidecar/model/manifest-file';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { transformerShapes, vqShapes, type TransformerSize, type VqSize } from './llamagen-shapes';
import { randomTensors } from './random-tensors';

/** Sizes of a small transformer, which decodes a token in a fraction of a millisecond. */
const TINY: TransformerSize = { layers: 1, dim: 64, heads: 1, hidden: 128, vocab: 64 };

/**
 * Writes a class-conditional model with random weights. Its image decoder has the published architecture.
 * @param side number of tokens along each side; a picture has 16 times as many pixels
 */
export async function writeSlowPictureModel(
  folder: string,
  side: number,
  transformer: TransformerSize = TINY,
  vq: VqSize = { channels: 64, codebookSize: 64 },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeSafetensors(
    path.join(folder, 'model.safetensors'),
    randomTensors(transformerShapes(transformer), 3),
  );
  await writeSafetensors(path.join(folder, 'vq.safetensors'), randomTensors(vqShapes(vq), 4));
  const { layers, dim, heads, vocab = 16384 } = transformer;
  const manifest = {
    ...{ format: 'zipar-model', version: 1, name: `noise, ${16 * side} pixels`, family: 'llamagen' },
    ...{ grid: [side, side], condition: { kind: 'class', classes: 1000 } },
    transformer: { weights: 'model.safetensors', layers, dim, heads, kvHeads: heads, vocab },
    vq: { weights: 'vq.safetensors' },
  };
  await writeFile(path.join(folder, MANIFEST_FILE), JSON.stringify(manifest));
}
