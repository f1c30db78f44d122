import { inflateSync } from 'node:zlib';
import { convertIndexedToRgb, decode, type DecodedPng } from 'fast-png';
import { encodeChunks, PngError, readChunks } from './png';
import { sentence } from '../protocol/sentence';

/** Bytes of a PNG file at most. */
export const MAX_PNG_BYTES = 64 << 20;
/** Pixels of a picture at most: 5793 x 5792, a little more than a photograph of 33 million pixels. */
const MAX_PIXELS = 2 ** 25;

/** A picture of 8-bit RGB pixels, [height, width, 3]. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** The size and the form of the pixels of a PNG file, as its header says. */
interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly colours: number;
  readonly isInterlaced: boolean;
}

/** Samples of a pixel by the number of the colour type. A palette's index is one sample. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** The colour type of pictures with a palette. */
const INDEXED = 3;
/** The chunks that say what the pixels are. The library sees no others. */
const PIXEL_CHUNKS = ['IHDR', 'PLTE', 'tRNS', 'IDAT'];

/**
 * Decodes an untrusted PNG file of any colour type and depth; interlaced ones have 8 bits a sample or more. The size of the picture, and of what its data unpack to, is checked before
 * the picture is decoded. Transparent parts become white. An animation's first picture counts.
 * @param bytes at most {@link MAX_PNG_BYTES}
 * @throws PngError
 */
export function decodePng(bytes: Uint8Array): RgbPicture {
  const chunks = [...readChunks(bytes)].filter(({ type }) => PIXEL_CHUNKS.includes(type));
  const header = headerOf(chunks[0]?.data ?? Buffer.alloc(0));
  const packed = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  if (packed.length === 0) throw damaged();
  requireWholePicture(packed, header);
  return rgbOf(decoded(encodeChunks(chunks)), header);
}

/** @throws PngError when the picture is too large, or its form is none of PNG's */
function headerOf(data: Buffer): PngHeader {
  if (data.length !== 13) throw damaged();
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const [depth = 0, colours = 0, , , interlace] = data.subarray(8);
  if (width === 0 || height === 0 || SAMPLES[colours] === undefined || ![1, 2, 4, 8, 16].includes(depth))
    throw damaged();
  if (width * height > MAX_PIXELS)
    throw new PngError(
      sentence`The picture has ${width} x ${height} pixels; at most ${MAX_PIXELS} are read. Make it smaller.`,
    );
  // The library reads interlaced pictures of whole bytes only.
  if (interlace === 1 && depth < 8)
    throw new PngError(
      sentence`The picture is interlaced and has ${depth} bits a sample, which is not read; save it without interlacing.`,
    );
  return { width, height, depth, colours, isInterlaced: interlace === 1 };
}

/** Unpacks the data of the pixels with a limit, because few bytes may unpack to gigabytes. @throws PngError */
function requireWholePicture(packed: Buffer, header: PngHeader): void {
  const wanted = unpackedBytes(header);
  let size: number;
  try {
    size = inflateSync(packed, { maxOutputLength: wanted + MOST_SPARE_BYTES }).length;
  } catch (cause) {
    throw damaged(cause);
  }
  if (size < wanted) throw damaged();
}

/** Bytes after the pixels that readers of PNG pass over. */
const MOST_SPARE_BYTES = 1 << 16;
/** The seven pictures of an interlaced one: the first column and row of each, and its steps to the next ones. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Bytes of the pixels before they are packed: each row has a byte for its filter, and ends with a whole byte. */
function unpackedBytes({ width, height, depth, colours, isInterlaced }: PngHeader): number {
  const pixelBits = depth * (SAMPLES[colours] ?? 0);
  const bytesOf = (columns: number, rows: number): number =>
    columns === 0 ? 0 : rows * (1 + Math.ceil((columns * pixelBits) / 8));
  if (!isInterlaced) return bytesOf(width, height);
  return PASSES.reduce(
    (sum, [left, top, across, down]) =>
      sum + bytesOf(Math.ceil((width - left) / across), Math.ceil((height - top) / down)),
    0,
  );
}

function decoded(png: Uint8Array): DecodedPng {
  try {
    return decode(png);
  } catch (cause) {
    throw damaged(cause);
  }
}

/** The pixels as 8-bit RGB on white. @throws PngError when they are not as many as the header says */
function rgbOf(png: DecodedPng, { colours }: PngHeader): RgbPicture {
  const { width, height, depth } = png;
  const isIndexed = colours === INDEXED;
  const samples = isIndexed ? paletteColours(png) : depth < 8 ? unpacked(png) : png.data;
  const channels = samples.length / (width * height);
  if (![1, 2, 3, 4].includes(channels)) throw damaged();
  const most = isIndexed || depth === 8 ? 255 : 2 ** depth - 1;
  const isClear = clearColour(png, isIndexed, channels);
  const hasAlpha = channels % 2 === 0;
  const rgb = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const at = pixel * channels;
    const alpha = isClear(samples, at) ? 0 : hasAlpha ? (samples[at + channels - 1] ?? 0) / most : 1;
    for (let channel = 0; channel < 3; channel++) {
      const value = (samples[at + (channels < 3 ? 0 : channel)] ?? 0) / most;
      rgb[3 * pixel + channel] = Math.round(255 * (value * alpha + 1 - alpha));
    }
  }
  return { width, height, rgb };
}

/** The palette's colours of the pixels. @throws PngError when the palette has no such colour */
function paletteColours(png: DecodedPng): Uint8Array {
  try {
    return convertIndexedToRgb(png);
  } catch (cause) {
    throw damaged(cause);
  }
}

/** The samples of a grey picture with several samples in a byte. Each row begins with a new byte. */
function unpacked({ data, width, height, depth }: DecodedPng): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * rowBytes + (bit >> 3)] ?? 0;
      samples[y * width + x] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return samples;
}

/** Whether a pixel has the one colour that the file calls transparent. Palettes and alpha channels say it otherwise. */
function clearColour(
  { transparency }: DecodedPng,
  isIndexed: boolean,
  channels: number,
): (samples: ArrayLike<number>, at: number) => boolean {
  if (isIndexed || transparency?.length !== channels) return () => false;
  return (samples, at) => transparency.every((value, channel) => samples[at + channel] === value);
}

function damaged(cause?: unknown): PngError {
  return new PngError(sentence`The pixels of the PNG file cannot be read; it is damaged.`, { cause });
}
