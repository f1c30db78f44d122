import { describe, expect, it } from 'vitest';
import { decoderShape } from '../../../sidecar/model/families/llamagen/image-decoder';
import { inferVq } from '../../../sidecar/model/families/llamagen/infer-vq';
import { inferDecoderShape } from '../../../sidecar/model/image-decoder/decoder-shape';
import { TensorShapes } from '../../../sidecar/model/tensor-shapes';
import { TensorDirectory } from '../../../sidecar/model/weights/tensor-directory';
import { vqShapes, type VqSize } from '../../checkpoints/llamagen-shapes';

function tensorsOf(size: VqSize): TensorShapes {
  const place = { file: 'vq.pt', offset: 0, byteLength: 0, dtype: 'F32' } as const;
  const tensors = vqShapes(size).map(([name, shape]) => [name, { ...place, shape }] as const);
  return new TensorShapes('vq.pt', new TensorDirectory(new Map(tensors)));
}

describe('the image decoder that a manifest describes', () => {
  it.each<[string, VqSize]>([
    ['VQ-16', {}],
    ['VQ-8', { channelMultipliers: [1, 2, 2, 4] }],
    ['one with a single level', { channelMultipliers: [1], resBlocks: 1, zChannels: 16 }],
  ])('is the one whose tensors it names: %s', (_, size) => {
    const shapes = tensorsOf(size);
    const manifest = { ...inferVq(shapes), weights: 'vq.pt' };
    expect(decoderShape(manifest)).toEqual(inferDecoderShape(shapes));
  });

  it('has as many groups in its norms as the manifest says', () => {
    const manifest = { ...inferVq(tensorsOf({})), weights: 'vq.pt', normGroups: 8 };
    expect(decoderShape(manifest).normGroups).toBe(8);
  });
});
