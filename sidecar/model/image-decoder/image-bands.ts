import { evenParts } from './even-parts';
import type { GridShape } from '../../decoding/token-grid';
import type { Value } from '../onnx/graph-builder';

/**
 * The largest value of an image that is computed whole, in bytes. LlamaGen's pictures of 512 x 512 pixels need as much. At a
 * time, a level has the value and a few others of its size.
 */
export const WHOLE_BYTES = 2 ** 28;
/** The bands of a larger value have at most this share of those bytes. ONNX Runtime holds about four bands of each step at a time. */
export const BAND_SHARE = 1 / 4;
/** The weights of an attention have at most this share of `WHOLE_BYTES`. All of a picture of 90x90 tokens would have 262 MB. */
export const ATTENTION_SHARE = 1 / 16;

/** Rows of an image that are next to each other, over the whole width: the value [1, channels, rows, width]. */
export interface Band {
  readonly value: Value;
  readonly rows: number;
}

/** Channels, rows and columns of an image. Its bands lie below one another. There is at least one. */
export interface Image {
  readonly bands: readonly Band[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Where a band lies in its image. */
export interface Place {
  /** Number of the band, from 0. */
  readonly index: number;
  /** First row. */
  readonly from: number;
  readonly rows: number;
}

/** The size of an image. */
export type ImageSize = Pick<Image, 'channels' | 'height' | 'width'>;

/** An image of one band. */
export function whole(value: Value, { channels, height, width }: ImageSize): Image {
  return { bands: [{ value, rows: height }], channels, height, width };
}

/** The value of an image that has one band. @throws Error when it has more */
export function valueOf(image: Image): Value {
  if (image.bands.length > 1) throw new Error('An image in bands has no single value.');
  return firstBand(image).value;
}

/** The upper band. */
export function firstBand({ bands }: Image): Band {
  const [first] = bands;
  if (!first) throw new Error('An image has a band.');
  return first;
}

/** The image with each band's value replaced. */
export function mapBands(image: Image, then: (band: Band, place: Place) => Value): Image {
  let from = 0;
  const bands = image.bands.map((band, index): Band => {
    const place = { index, from, rows: band.rows };
    from += band.rows;
    return { ...band, value: then(band, place) };
  });
  return { ...image, bands };
}

/** Bytes of an image's value in float32. */
export function bytesOf({ channels, height, width }: ImageSize): number {
  return 4 * channels * height * width;
}

/**
 * The number of token rows that each band covers. Bands differ by at most one row.
 * @param bytes size in bytes of the largest value of an image
 * @param most largest size in bytes that a band's value may have; a band has at least one row of tokens
 */
export function bandRows({ height }: GridShape, bytes: number, most: number): readonly number[] {
  return evenParts(height, Math.floor((most * height) / bytes)).map(([from, to]) => to - from);
}
