import { describe, expect, it } from 'vitest';
import { LlamaGenImageDecoder } from '../../../sidecar/model/families/llamagen/image-decoder';
import type { VqManifest } from '../../../sidecar/model/families/llamagen/manifest';
import { vqShapes } from '../../checkpoints/llamagen-shapes';

const VQ16: VqManifest = {
  weights: '',
  codebookSize: 16384,
  codebookDim: 8,
  channels: 128,
  channelMultipliers: [1, 1, 2, 2, 4],
  resBlocks: 2,
  zChannels: 256,
  downsample: 16,
  normGroups: 32,
};

/** Counts operations from the shapes of the published checkpoint's convolutions, and from the cells of each convolution. */
function countedFromShapes(side: number): number {
  let operations = 0;
  for (const [name, shape] of vqShapes()) {
    const [, level, part] = /^decoder\.conv_blocks\.(\d)\.(\w+)/.exec(name) ?? [];
    const doubled =
      name === 'decoder.conv_out.weight' ? 4 : Number(level ?? 0) + (part === 'upsample' ? 1 : 0);
    const cells = side * side * 4 ** doubled;
    if (shape.length === 4) operations += 2 * cells * shape.reduce((product, length) => product * length);
  }
  const attentions = 1 + 3;
  return operations + attentions * 2 * 2 * side ** 4 * 512;
}

describe('the operations of an image decoder', () => {
  it.each([8, 16, 32, 64])('are those of its convolutions and attentions, for %i tokens a side', (side) => {
    const decoder = new LlamaGenImageDecoder('', VQ16);
    expect(decoder.operations({ height: side, width: side })).toBe(countedFromShapes(side));
  });
});
