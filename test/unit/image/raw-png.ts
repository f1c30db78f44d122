/** Writes PNG files of every form from samples, without any filter. Written apart from the program's own writer. */
import { crc32, deflateSync } from 'node:zlib';

/** A PNG file as its chunks say it. */
export interface RawPng {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: 1 | 2 | 4 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colours: 0 | 2 | 3 | 4 | 6;
  readonly isInterlaced?: boolean;
  /** Chunks before the pixels. */
  readonly before?: readonly (readonly [type: string, data: Uint8Array])[];
  /** The samples of the pixel at a place. */
  readonly pixel: (x: number, y: number) => readonly number[];
}

const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function rawPng(png: RawPng): Buffer {
  return pngOf(png, deflateSync(rowsOf(png)));
}

/** A PNG file with these packed pixels, whatever they are. */
export function pngOf(
  { width, height, depth, colours, isInterlaced = false, before = [] }: Omit<RawPng, 'pixel'>,
  packed: Uint8Array,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colours, 0, 0, isInterlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...before.map(([type, data]) => chunk(type, data)),
    chunk('IDAT', packed),
    chunk('IEND', new Uint8Array()),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function rowsOf({ width, height, depth, pixel, isInterlaced = false }: RawPng): Buffer {
  const passes = isInterlaced ? PASSES : ([[0, 0, 1, 1]] as const);
  const rows = passes.flatMap(([left, top, across, down]) => {
    const picture: Buffer[] = [];
    for (let y = top; y < height && left < width; y += down) {
      let bits = '';
      for (let x = left; x < width; x += across)
        for (const sample of pixel(x, y)) bits += sample.toString(2).padStart(depth, '0');
      const bytes = bits.match(/.{1,8}/g) ?? [];
      picture.push(Buffer.from([0, ...bytes.map((byte) => parseInt(byte.padEnd(8, '0'), 2))]));
    }
    return picture;
  });
  return Buffer.concat(rows);
}
