import { centreCrop, resampled } from '../image/fit-picture';
import { PngError } from '../image/png';
import { decodePng, MAX_PNG_BYTES, type RgbPicture } from '../image/read-png';
import { InputFileError, readInputFile } from '../files/input-file';
import { findImageEncoder } from '../model/image-encoder/find-encoder';
import { imageDecoderOf, type ModelFolder } from '../model/model-folder';
import { RequestError } from './request-error';
import { sentence, type Said } from '../protocol/sentence';

/** A picture in the size that a model's image encoder takes. */
export interface FittedPicture {
  /** The planes of red, green and blue [3, height, width], -1..1. */
  readonly planes: Float32Array<ArrayBuffer>;
  /** Sentences for the user: which part of the picture is used. */
  readonly notices: readonly Said[];
}

/**
 * Reads a picture for the image encoder of a model. The largest part with the aspect of the model's grid is cut from its
 * middle, and made smaller.
 * @throws RequestError when the file is no PNG, or smaller than the grid needs; ModelError when the model has no encoder;
 * WeightsError
 */
export async function readStartPicture(file: string, model: ModelFolder): Promise<FittedPicture> {
  const decoder = imageDecoderOf(model);
  await findImageEncoder(decoder, model.name);
  const picture = await readPicture(file);
  const [rows, columns] = model.grid;
  const size = { width: columns * decoder.patch, height: rows * decoder.patch };
  const crop = centreCrop(picture, size);
  if (crop.width < size.width || crop.height < size.height)
    throw new RequestError(
      sentence`${file} has ${picture.width} x ${picture.height} pixels, too few for a grid of ${rows}x${columns} tokens, which needs ${size.width} x ${size.height}; name a larger picture, or a smaller grid.`,
    );
  const isCut = crop.width < picture.width || crop.height < picture.height;
  const notices = isCut
    ? [
        sentence`${file} is used in part: the middle ${crop.width} x ${crop.height} of its ${picture.width} x ${picture.height} pixels, which have the aspect of the grid.`,
      ]
    : [];
  return { planes: resampled(picture, crop, size), notices };
}

/** @throws RequestError */
async function readPicture(file: string): Promise<RgbPicture> {
  try {
    return decodePng(await readInputFile(file, MAX_PNG_BYTES));
  } catch (cause) {
    if (cause instanceof InputFileError) throw new RequestError(cause.sentence, { cause });
    if (cause instanceof PngError) throw new RequestError(sentence`${file}: ${cause.sentence}`, { cause });
    throw cause;
  }
}
