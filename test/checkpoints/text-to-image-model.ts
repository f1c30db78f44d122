import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { vqShapes } from './llamagen-shapes';
import { randomTensors } from './random-tensors';

/** Writes the golden caption-conditional model with a random image decoder: 16x16 pixels for its 8x8 tokens. */
export async function writeTextToImageModel(folder: string): Promise<void> {
  cpSync(path.join(__dirname, '../golden/llamagen-t2i'), folder, { recursive: true });
  const manifest = path.join(folder, 'zipar-model.json');
  const said = JSON.parse(readFileSync(manifest, 'utf8')) as { transformer: { vocab: number } };
  const size = {
    codebookSize: said.transformer.vocab,
    channels: 8,
    channelMultipliers: [1, 2],
    zChannels: 8,
  };
  await writeSafetensors(path.join(folder, 'vq.safetensors'), randomTensors(vqShapes(size), 1));
  writeFileSync(manifest, JSON.stringify({ ...said, vq: { weights: 'vq.safetensors', normGroups: 4 } }));
}
