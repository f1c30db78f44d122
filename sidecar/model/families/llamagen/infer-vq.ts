import { NORM_GROUPS } from '../../image-decoder/decoder-shape';
import type { TensorShapes } from '../../tensor-shapes';
import type { VqManifest } from './manifest';

/** The tensor that identifies a VQ image tokenizer. */
export const CODEBOOK_TENSOR = 'quantize.embedding.weight';

/**
 * The architecture of a VQ image decoder from the shapes of its tensors. The shapes do not tell the number of groups of a
 * group norm. It is 32, as in all published models.
 * @throws ModelError when a tensor is missing or has an impossible shape
 */
export function inferVq(shapes: TensorShapes): Omit<VqManifest, 'weights'> {
  const [codebookSize, codebookDim] = shapes.matrix(CODEBOOK_TENSOR);
  const block = (level: number, res: number): string =>
    `decoder.conv_blocks.${level}.res.${res}.conv1.weight`;
  const levels = Math.max(
    1,
    shapes.count((level) => block(level, 0)),
  );
  // The checkpoint counts levels from the token grid up; a manifest counts them from the full resolution down.
  const widths = Array.from(
    { length: levels },
    (_, level) => shapes.convolution(block(levels - 1 - level, 0)).out,
  );
  const channels = widths.reduce(greatestCommonDivisor, 0);
  return {
    codebookSize,
    codebookDim,
    channels,
    channelMultipliers: widths.map((width) => width / channels),
    resBlocks: shapes.count((res) => block(0, res)) - 1,
    zChannels: shapes.convolution('decoder.conv_in.weight').in,
    downsample: 2 ** (levels - 1),
    normGroups: NORM_GROUPS,
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
