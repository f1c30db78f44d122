import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformerShapes, vqShapes } from '../checkpoints/llamagen-shapes';
import { writeSparseSafetensors } from '../checkpoints/sparse-safetensors';

const TRANSFORMER = { layers: 1, dim: 32, heads: 2, hidden: 64, vocab: 64 };
const VQ = { codebookSize: 64, channels: 32, channelMultipliers: [1, 1], resBlocks: 1, zChannels: 32 };

/** Writes a very small model of ImageNet's classes into a folder. The test chooses the model's name. */
export async function writeTinyModel(folder: string, name: string): Promise<void> {
  await writeSparseSafetensors(join(folder, 'model.safetensors'), transformerShapes(TRANSFORMER));
  await writeSparseSafetensors(join(folder, 'vq.safetensors'), vqShapes(VQ));
  const manifest = {
    format: 'zipar-model',
    version: 1,
    family: 'llamagen',
    name,
    grid: [4, 4],
    transformer: { weights: 'model.safetensors', heads: 2 },
  };
  writeFileSync(join(folder, 'zipar-model.json'), JSON.stringify(manifest));
}

/** The files of a very small model, by name. */
export async function tinyModelFiles(name: string): Promise<Record<string, Buffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'zipar-tiny-'));
  try {
    await writeTinyModel(folder, name);
    return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
