import path from 'node:path';
import type { GridShape } from '../../decoding/token-grid';
import { exists } from '../../files/exists';
import { Checkpoint } from '../checkpoint';
import type { ImageDecoderPart } from '../family';
import { NORM_GROUPS } from '../image-decoder/decoder-shape';
import { ModelError } from '../model-error';
import { TensorShapes } from '../tensor-shapes';
import { openWeights } from '../weights/open-weights';
import { withoutWrapperNames } from '../wrapper-names';
import { buildImageEncoderGraph } from './encoder-graph';
import { inferEncoderShape } from './encoder-shape';
import { buildFoldedEncoderGraph, foldedPatch, inferFoldedEncoder } from './folded-encoder';
import { sentence } from '../../protocol/sentence';

/** The file in which `training/` puts the encoder, beside the image decoder. */
const ENCODER_FILE = 'encoder.safetensors';

/** A model's image encoder, before its weights are open. */
export interface ImageEncoderPart {
  /** The file of its weights, for messages. */
  readonly file: string;
  /** Number of codebook indices that it puts out. */
  readonly codes: number;
  /** Pixels along the side of one token's patch. */
  readonly patch: number;
  /**
   * Writes the graph. Input `image` float [1, 3, H*patch, W*patch], -1..1; outputs `tokens` int64 [1, H*W] and `latent` float
   * [1, dim, H, W].
   * @throws ModelError, WeightsError
   */
  write(grid: GridShape): Promise<{ readonly graph: Uint8Array<ArrayBuffer>; readonly folder: string }>;
}

/**
 * The image encoder that belongs to an image decoder: in the same weight file, or in a file of its own beside it.
 * @param model the model's name, for the message
 * @throws ModelError when there is none, or it does not fit; WeightsError
 */
export async function findImageEncoder(decoder: ImageDecoderPart, model: string): Promise<ImageEncoderPart> {
  const encoder = (await encoderInside(decoder)) ?? (await encoderBeside(decoder));
  if (!encoder)
    throw new ModelError(
      sentence`The image tokenizer of ${model} in ${decoder.folder} has no encoder, only the decoder, so no picture can be turned into tokens; choose a model with an encoder.`,
    );
  const { file, codes, patch } = encoder;
  if (codes === decoder.codes && patch === decoder.patch) return encoder;
  throw new ModelError(
    sentence`${file} encodes patches of ${patch} pixels into ${codes} tokens where the image decoder draws patches of ${decoder.patch} pixels from ${decoder.codes}; fetch encoder and decoder again from one place.`,
  );
}

async function encoderInside({
  folder,
  weights,
  normGroups = NORM_GROUPS,
}: ImageDecoderPart): Promise<ImageEncoderPart | undefined> {
  const file = path.join(folder, weights);
  const shape = inferEncoderShape(await shapesOf(file), normGroups);
  return (
    shape && {
      ...{ file, codes: shape.codebookSize, patch: shape.downsample },
      write: async (grid) => {
        const checkpoint = await Checkpoint.open(folder, weights, DESCRIBED_BY);
        return { graph: buildImageEncoderGraph(shape, grid, checkpoint), folder: checkpoint.folder };
      },
    }
  );
}

async function encoderBeside(decoder: ImageDecoderPart): Promise<ImageEncoderPart | undefined> {
  const { folder, weights, codes, normGroups = NORM_GROUPS } = decoder;
  const file = path.join(folder, ENCODER_FILE);
  if (!(await exists(file))) return undefined;
  const shape = inferFoldedEncoder(await shapesOf(file), normGroups);
  return (
    shape && {
      ...{ file, codes, patch: foldedPatch(shape) },
      write: async (grid) => {
        const encoder = await Checkpoint.open(folder, ENCODER_FILE, DESCRIBED_BY);
        const tokenizer = await Checkpoint.open(folder, weights, DESCRIBED_BY);
        if (encoder.folder !== tokenizer.folder)
          throw new ModelError(
            sentence`${file} is a link into another folder than ${weights}; put both into one folder.`,
          );
        return {
          graph: buildFoldedEncoderGraph(shape, grid, encoder, tokenizer, codes),
          folder: encoder.folder,
        };
      },
    }
  );
}

/** The source of the tensors' sizes, for messages. */
const DESCRIBED_BY = sentence`the rest of the image tokenizer`;

async function shapesOf(file: string): Promise<TensorShapes> {
  return new TensorShapes(file, withoutWrapperNames(await openWeights(file), file));
}
