import type { RgbPicture } from './read-png';

/** A part of a picture, in pixels from its upper left corner. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The largest part with the aspect of `width` x `height`, in the middle of a picture. It has whole pixels. */
export function centreCrop(
  picture: Pick<RgbPicture, 'width' | 'height'>,
  { width, height }: { readonly width: number; readonly height: number },
): Crop {
  const scale = Math.min(picture.width / width, picture.height / height);
  const [cutWidth, cutHeight] = [Math.round(width * scale), Math.round(height * scale)];
  return {
    left: Math.floor((picture.width - cutWidth) / 2),
    top: Math.floor((picture.height - cutHeight) / 2),
    width: cutWidth,
    height: cutHeight,
  };
}

/**
 * A part of a picture at another size. Each new pixel is the mean of the area that it covers, of the stored values.
 * @param crop at least as large as the new size
 * @returns the planes of red, green and blue [3, height, width], -1..1
 */
export function resampled(
  { rgb, width: rowPixels }: RgbPicture,
  crop: Crop,
  { width, height }: { readonly width: number; readonly height: number },
): Float32Array<ArrayBuffer> {
  const columns = coverage(crop.width, width);
  const rows = coverage(crop.height, height);
  const planes = new Float32Array(3 * height * width);
  /** A row of the crop with the new width, for each colour. */
  const line = new Float64Array(3 * width);
  for (const [y, covered] of rows.entries()) {
    const sums = new Float64Array(3 * width);
    for (const { index, share } of covered) {
      narrow(rgb, 3 * ((crop.top + index) * rowPixels + crop.left), columns, line);
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + share * (line[i] ?? 0);
    }
    for (let x = 0; x < width; x++)
      for (let colour = 0; colour < 3; colour++)
        planes[(colour * height + y) * width + x] = (sums[3 * x + colour] ?? 0) / 127.5 - 1;
  }
  return planes;
}

/** An old pixel that a new one covers, and its share of the new one. */
interface Covered {
  readonly index: number;
  readonly share: number;
}

/** The old pixels that each new pixel covers along one side. */
function coverage(from: number, to: number): readonly (readonly Covered[])[] {
  const step = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [begin, end] = [i * step, (i + 1) * step];
    const covered: Covered[] = [];
    for (let index = Math.floor(begin); index < Math.min(from, end); index++) {
      const share = (Math.min(end, index + 1) - Math.max(begin, index)) / step;
      if (share > 0) covered.push({ index, share });
    }
    return covered;
  });
}

/** Writes a row of pixels with fewer columns. @param at place of the row's first byte @param line [columns, 3] */
function narrow(
  rgb: Uint8Array,
  at: number,
  columns: readonly (readonly Covered[])[],
  line: Float64Array,
): void {
  for (const [x, covered] of columns.entries()) {
    for (let colour = 0; colour < 3; colour++) {
      let sum = 0;
      for (const { index, share } of covered) sum += share * (rgb[at + 3 * index + colour] ?? 0);
      line[3 * x + colour] = sum;
    }
  }
}
