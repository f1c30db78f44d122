import { ModelError } from '../model-error';
import type { TensorShapes } from '../tensor-shapes';
import { findDecoderNaming, levelNumber, nameInCheckpoint, type DecoderNaming } from './decoder-naming';

/** Groups of each group norm in all published image tokenizers. No tensor tells this number. */
export const NORM_GROUPS = 32;

/** What the halves of an image tokenizer after VQGAN share: the codebook, the names of tensors and the norms. */
export interface ImageTokenizerShape {
  readonly naming: DecoderNaming;
  readonly codebookSize: number;
  readonly codebookDim: number;
  /** Channels between the codes and the other layers. */
  readonly zChannels: number;
  /** Whether a code's vector is brought to length 1 before it is used. */
  readonly hasUnitCodes: boolean;
  /** Groups of each group norm. */
  readonly normGroups: number;
  /** Whether the 1x1 convolutions of attentions are stored as matrices. */
  readonly hasAttentionMatrices: boolean;
}

/** The architecture of an image decoder after VQGAN: VQ-16, Chameleon's VQGAN, Emu3's vision tokenizer. */
export interface ImageDecoderShape extends ImageTokenizerShape {
  /** `spatial`: each group norm is scaled and shifted by the codes at its place. */
  readonly norm: 'group' | 'spatial';
  /** Residual blocks and doublings of the temporal stack; both 0 without one. */
  readonly timeBlocks: number;
  readonly timeDoublings: number;
  /** Levels, from the token grid up to the full resolution; at least one. */
  readonly levels: readonly DecoderLevel[];
  /** Pixels along the side of one token's patch. */
  readonly downsample: number;
}

/** The blocks that work at one resolution. */
export interface DecoderLevel {
  /** Channels that its blocks put out. */
  readonly width: number;
  /** Number of residual blocks, at least 1. */
  readonly blocks: number;
  /** Whether an attention follows each block. */
  readonly attends: boolean;
  /** Whether the side is doubled at its end. */
  readonly doubles: boolean;
}

/**
 * The architecture of the image decoder in a checkpoint, from the names and shapes of its tensors.
 * @returns undefined when the checkpoint holds no image decoder
 * @throws ModelError when a tensor is missing or has an impossible shape
 */
export function inferDecoderShape(shapes: TensorShapes): ImageDecoderShape | undefined {
  const naming = findDecoderNaming(shapes);
  if (naming === undefined) return undefined;
  const named = (name: string): string => nameInCheckpoint(naming, name);
  const [codebookSize, codebookDim] = shapes.matrix(named('quantize.embedding.weight'));
  const count = shapes.count((level) => named(`decoder.up.${level}.block.0.conv1.weight`));
  const levels = Array.from({ length: count }, (_, fromLowest): DecoderLevel => {
    const level = `decoder.up.${levelNumber(naming, fromLowest, count)}`;
    return {
      width: shapes.convolution(named(`${level}.block.0.conv1.weight`)).out,
      blocks: shapes.count((block) => named(`${level}.block.${block}.conv1.weight`)),
      attends: shapes.has(named(`${level}.attn.0.q.weight`)),
      doubles: shapes.has(named(`${level}.upsample.conv.weight`)),
    };
  });
  const { in: zChannels, out: width } = shapes.convolution(named('decoder.conv_in.weight'));
  const odd = [width, ...levels.map((level) => level.width)].find((channels) => channels % NORM_GROUPS !== 0);
  if (odd !== undefined)
    throw new ModelError(
      `${shapes.file}: a level of the image decoder has ${odd} channels, which ${NORM_GROUPS} groups of a norm do not divide; fetch the image decoder again.`,
    );
  return {
    naming,
    codebookSize,
    codebookDim,
    zChannels,
    hasUnitCodes: hasUnitCodes(naming),
    norm: naming.startsWith('emu3') ? 'spatial' : 'group',
    normGroups: NORM_GROUPS,
    hasAttentionMatrices: shapes.rank(named('decoder.mid.attn_1.q.weight')) === 2,
    timeBlocks: shapes.count((block) => named(`decoder.time_res_stack.${block}.conv1.conv.weight`)),
    timeDoublings: shapes.count((doubling) => named(`decoder.time_conv.${doubling}.conv.conv.weight`)),
    levels,
    downsample: 2 ** levels.filter(({ doubles }) => doubles).length,
  };
}

/** Whether the codes of checkpoints with this naming are used with length 1. */
export function hasUnitCodes(naming: DecoderNaming): boolean {
  return ['vq-16', 'janus', 'janus-converted'].includes(naming);
}
