/** The checkpoints of the benchmarks are read like published ones. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../sidecar/model/weights/open-weights';
import { readTensorAsFloat32 } from '../../../sidecar/model/weights/read-tensor';
import type { TensorDirectory } from '../../../sidecar/model/weights/tensor-directory';
import { writeSafetensors } from '../../../sidecar/model/weights/write-safetensors';
import { transformerShapes, vqShapes, type NamedShape } from '../../checkpoints/llamagen-shapes';
import { randomTensors } from '../../checkpoints/random-tensors';
import { writeTorchCheckpoint } from '../../checkpoints/write-torch-checkpoint';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();
/** Shapes with embeddings long enough to be written in several pieces. */
const SHAPES = transformerShapes({ layers: 2, dim: 64, heads: 2, vocab: 4200, condition: { classes: 3 } });

async function data(tensors: TensorDirectory, name: string): Promise<Float32Array> {
  const location = tensors.get(name);
  if (!location) throw new Error(`${name} is missing`);
  return readTensorAsFloat32(location);
}

async function digest(tensors: TensorDirectory, name: string): Promise<string> {
  return createHash('sha256')
    .update(await data(tensors, name))
    .digest('hex');
}

async function written(name: string, shapes: readonly NamedShape[], seed: number): Promise<TensorDirectory> {
  const file = join(folder.path, name);
  await (name.endsWith('.pt') ? writeTorchCheckpoint : writeSafetensors)(file, randomTensors(shapes, seed));
  return openWeights(file);
}

describe('a checkpoint of noise', () => {
  it('holds the same numbers in both formats, aligned in the .pt file as PyTorch does it', async () => {
    const pt = await written('model.pt', SHAPES, 1);
    const safetensors = await written('model.safetensors', SHAPES, 1);
    expect([...pt.keys()].sort()).toEqual(SHAPES.map(([name]) => name).sort());
    for (const [name, shape] of SHAPES) {
      expect(pt.get(name)?.shape).toEqual(shape);
      expect(await digest(pt, name), name).toBe(await digest(safetensors, name));
      expect((pt.get(name)?.offset ?? NaN) % 64).toBe(0);
    }
    expect(statSync(join(folder.path, 'model.pt')).size).toBeLessThan(
      statSync(join(folder.path, 'model.safetensors')).size * 1.01,
    );
  });

  it('is another with another seed, and no tensor is like another', async () => {
    const [one, two] = [await written('1.pt', SHAPES, 1), await written('2.pt', SHAPES, 2)];
    const wo = 'layers.0.attention.wo.weight';
    expect(await digest(one, wo)).not.toBe(await digest(two, wo));
    expect(await digest(one, wo)).not.toBe(await digest(one, 'layers.1.attention.wo.weight'));
  });

  it('has the spread that LlamaGen begins training with, gains of 1 and biases of 0', async () => {
    const tensors = await written('spread.pt', SHAPES, 3);
    const weights = await data(tensors, 'tok_embeddings.weight');
    const mean = weights.reduce((sum, value) => sum + value, 0) / weights.length;
    const variance = weights.reduce((sum, value) => sum + value * value, 0) / weights.length;
    expect(Math.abs(mean)).toBeLessThan(2e-4);
    expect(Math.sqrt(variance)).toBeCloseTo(0.02, 3);
    expect(new Set(await data(tensors, 'norm.weight'))).toEqual(new Set([1]));
    const vq = await written('vq.pt', vqShapes({ codebookSize: 16, channels: 4, zChannels: 8 }), 3);
    expect(new Set(await data(vq, 'decoder.conv_in.bias'))).toEqual(new Set([0]));
  });
});
