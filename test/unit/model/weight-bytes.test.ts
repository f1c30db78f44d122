import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModelFolder, weightBytes, type ModelFolder } from '../../../sidecar/model/model-folder';
import { SMALL_MODEL } from '../../fixtures/small-model';

let folder: string;
let small: ModelFolder;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zipar-weight-bytes-'));
  small = await readModelFolder(SMALL_MODEL);
});
afterAll(() => rm(folder, { recursive: true }));

/** The small model as if its transformer lay in another folder under another name. */
function withTransformer(weights: string): ModelFolder {
  const { transformer } = small;
  if (!transformer) throw new Error('The small model has a transformer.');
  const elsewhere = Object.assign(Object.create(transformer) as typeof transformer, { weights });
  return { ...small, folder, transformer: elsewhere, imageDecoder: undefined };
}

describe('the bytes of a model’s weights', () => {
  it('are those of all its files', async () => {
    const sizes = ['transformer', 'vq'].map(
      (name) => statSync(path.join(SMALL_MODEL, `${name}.safetensors`)).size,
    );
    expect(await weightBytes(small)).toBe((sizes[0] ?? NaN) + (sizes[1] ?? NaN));
  });

  it('are those of the shards, not of the index that names them', async () => {
    await writeFile(path.join(folder, 'a.safetensors'), Buffer.alloc(70_000_000));
    await writeFile(path.join(folder, 'b.safetensors'), Buffer.alloc(30));
    const index = { weight_map: { x: 'a.safetensors', y: 'b.safetensors', z: 'a.safetensors' } };
    await writeFile(path.join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
    expect(await weightBytes(withTransformer('model.safetensors.index.json'))).toBe(70_000_030);
  });

  it('cannot be told when a file is missing', async () => {
    await expect(weightBytes(withTransformer('none.safetensors'))).rejects.toThrow(
      'none.safetensors is missing',
    );
  });
});
