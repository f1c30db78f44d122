import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ImageDecoderPart } from '../family';
import { ModelError } from '../model-error';
import { TensorShapes } from '../tensor-shapes';
import { isShardName, mayHoldWeights } from '../weight-file-names';
import { openWeights } from '../weights/open-weights';
import { WeightsError } from '../weights/weights-error';
import { withoutWrapperNames } from '../wrapper-names';
import type { DecoderNaming } from './decoder-naming';
import { decoderPart } from './decoder-part';
import { inferDecoderShape } from './decoder-shape';
import { sentence, type Said } from '../../protocol/sentence';

/** The image decoder that a model needs. */
export interface WantedDecoder {
  /** Absolute folders, in the order in which they are searched. Folders that do not exist are passed over. */
  readonly folders: readonly string[];
  /** A folder that the user names; no other folder is searched then. */
  readonly named: string | undefined;
  readonly namings: readonly DecoderNaming[];
  /** Number of codebook indices that it must be able to draw. */
  readonly codes: number;
  /** What to do when there is none: a part of a sentence. */
  readonly remedy: Said;
}

/** An image decoder, or a sentence that says why there is none and what to do. */
export type DecoderOrProblem =
  | { readonly imageDecoder: ImageDecoderPart; readonly noPicture: undefined }
  | { readonly imageDecoder: undefined; readonly noPicture: Said };

/** Files of a folder that are opened at most. */
const MAX_FILES = 100;

/**
 * Looks for the image decoder of a model's tokens. Without an image decoder a run still yields tokens, so a missing or damaged
 * one is no error yet.
 */
export async function findDecoder(wanted: WantedDecoder): Promise<DecoderOrProblem> {
  const { folders, named, codes, remedy } = wanted;
  const damaged: WeightsError[] = [];
  let small: ImageDecoderPart | undefined;
  for (const folder of named === undefined ? folders : [named]) {
    for (const name of await weightFilesIn(folder)) {
      const found = await decoderIn(folder, name, wanted.namings).catch((error: unknown) => {
        if (!(error instanceof WeightsError || error instanceof ModelError)) throw error;
        if (error instanceof WeightsError) damaged.push(error);
        return undefined;
      });
      if (found && found.codes >= codes) return { imageDecoder: found, noPicture: undefined };
      small ??= found;
    }
  }
  return { imageDecoder: undefined, noPicture: problem(small, damaged[0], wanted, remedy) };
}

function problem(
  small: ImageDecoderPart | undefined,
  damaged: WeightsError | undefined,
  { named, folders, codes }: WantedDecoder,
  remedy: Said,
): Said {
  if (small)
    return sentence`${path.join(small.folder, small.weights)} has a codebook of ${small.codes} where the model predicts ${codes} tokens, so there is no picture: name the image decoder that the model was trained with (--image-decoder), or ask for tokens only (--tokens-only).`;
  if (damaged) return damaged.sentence;
  const place = named ?? folders[0] ?? '';
  return sentence`${place} holds no image decoder, so there is no picture: ${remedy}, or ask for tokens only (--tokens-only).`;
}

/** Names of files that may hold an image decoder. Shards are reached by their index. */
async function weightFilesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => mayHoldWeights(name) && !isShardName(name))
    .sort()
    .slice(0, MAX_FILES);
}

/** The image decoder in a weight file; undefined when it holds none of these namings. @throws WeightsError, ModelError */
async function decoderIn(
  folder: string,
  name: string,
  namings: readonly DecoderNaming[],
): Promise<ImageDecoderPart | undefined> {
  const file = path.join(folder, name);
  const shape = inferDecoderShape(new TensorShapes(file, withoutWrapperNames(await openWeights(file), file)));
  return shape && namings.includes(shape.naming) ? decoderPart({ folder, weights: name }, shape) : undefined;
}
