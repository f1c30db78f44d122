import { findEncoderNaming, nameInCheckpoint } from '../image-decoder/decoder-naming';
import { hasUnitCodes, type ImageTokenizerShape } from '../image-decoder/decoder-shape';
import type { TensorShapes } from '../tensor-shapes';

/** The architecture of an image encoder after VQGAN: VQ-16, Chameleon's VQGAN, Emu3's vision tokenizer. */
export interface ImageEncoderShape extends ImageTokenizerShape {
  /** Channels after the first convolution. */
  readonly channels: number;
  /** Levels, from the full resolution down to the token grid; at least one. */
  readonly levels: readonly EncoderLevel[];
  /** Residual blocks and halvings of the temporal stack; both 0 without one. */
  readonly timeBlocks: number;
  readonly timeHalvings: number;
  /** Pixels along the side of one token's patch. */
  readonly downsample: number;
}

/** The blocks that work at one resolution. */
export interface EncoderLevel {
  /** Channels that its blocks put out. */
  readonly width: number;
  /** Number of residual blocks, at least 1. */
  readonly blocks: number;
  /** Whether an attention follows each block. */
  readonly attends: boolean;
  /** Whether the side is halved at its end. */
  readonly halves: boolean;
}

/**
 * The architecture of the image encoder in a checkpoint, from the names and shapes of its tensors.
 * @param normGroups groups of each group norm, which no tensor tells
 * @returns undefined when the checkpoint holds no image encoder of this kind
 * @throws ModelError when a tensor is missing or has an impossible shape
 */
export function inferEncoderShape(shapes: TensorShapes, normGroups: number): ImageEncoderShape | undefined {
  const naming = findEncoderNaming(shapes);
  if (naming === undefined) return undefined;
  const named = (name: string): string => nameInCheckpoint(naming, name);
  const [codebookSize, codebookDim] = shapes.matrix(named('quantize.embedding.weight'));
  const count = shapes.count((level) => named(`encoder.down.${level}.block.0.conv1.weight`));
  const levels = Array.from({ length: count }, (_, level): EncoderLevel => {
    const name = `encoder.down.${level}`;
    return {
      width: shapes.convolution(named(`${name}.block.0.conv1.weight`)).out,
      blocks: shapes.count((block) => named(`${name}.block.${block}.conv1.weight`)),
      attends: shapes.has(named(`${name}.attn.0.q.weight`)),
      halves: shapes.has(named(`${name}.downsample.conv.weight`)),
    };
  });
  return {
    naming,
    codebookSize,
    codebookDim,
    zChannels: shapes.convolution(named('encoder.conv_out.weight')).out,
    hasUnitCodes: hasUnitCodes(naming),
    normGroups,
    hasAttentionMatrices: shapes.rank(named('encoder.mid.attn_1.q.weight')) === 2,
    channels: shapes.convolution(named('encoder.conv_in.weight')).out,
    levels,
    timeBlocks: shapes.count((block) => named(`encoder.time_res_stack.${block}.conv1.conv.weight`)),
    timeHalvings: shapes.count((halving) => named(`encoder.time_conv.${halving}.conv.conv.weight`)),
    downsample: 2 ** levels.filter(({ halves }) => halves).length,
  };
}
