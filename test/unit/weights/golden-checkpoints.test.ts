import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../sidecar/model/weights/open-weights';
import { readTensorAsFloat32 } from '../../../sidecar/model/weights/read-tensor';
import type { TensorLocation } from '../../../sidecar/model/weights/tensor-location';

const bytesOf = async (location: TensorLocation) =>
  Buffer.from((await readTensorAsFloat32(location)).buffer).toString('base64');

const golden = join(import.meta.dirname, '../../golden');

describe.each(['llamagen-c2i', 'llamagen-t2i'])('the two files of %s', (folder) => {
  it('hold the same tensors, byte for byte', async () => {
    const fromPt = await openWeights(join(golden, folder, 'model.pt'));
    const fromSafetensors = await openWeights(join(golden, folder, 'model.safetensors'));
    expect([...fromPt.keys()].sort()).toEqual([...fromSafetensors.keys()].sort());
    expect([...fromPt.keys()].length).toBeGreaterThan(20);
    for (const [name, location] of fromSafetensors) {
      const other = fromPt.get(name);
      if (!other) throw new Error(`${name} is missing`);
      expect([name, other.dtype, other.shape]).toEqual([name, location.dtype, location.shape]);
      expect(await bytesOf(other), name).toBe(await bytesOf(location));
    }
  });
});

describe('the VQ-16 checkpoint', () => {
  it('is located without its 10 MB being read', async () => {
    const tensors = await openWeights(join(golden, 'llamagen-vq16/model.pt'));
    expect([...tensors.keys()].length).toBe(197);
    expect(tensors.get('quantize.embedding.weight')).toMatchObject({
      dtype: 'F32',
      shape: [128, 8],
      byteLength: 4096,
    });
    expect(tensors.get('decoder.conv_in.weight')).toMatchObject({ shape: [128, 64, 3, 3] });
  });
});

describe('the golden outputs', () => {
  it('are read from safetensors', async () => {
    const caption = await openWeights(join(golden, 'llamagen-t2i/caption.safetensors'));
    const mask = caption.get('emb_mask');
    if (!mask) throw new Error('emb_mask is missing');
    const valid = [...(await readTensorAsFloat32(mask))];
    expect(valid).toHaveLength(120);
    // The mask is left-padded: zeros, then ones.
    expect(valid).toEqual([...valid].sort());
    expect(valid.at(-1)).toBe(1);
  });
});
