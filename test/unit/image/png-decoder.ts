import { inflateSync } from 'node:zlib';

/** Decodes an 8-bit RGB picture exactly as the PNG specification says, independently of the encoder. */
export function decodeRgbPng(png: Uint8Array): {
  width: number;
  height: number;
  rgb: Uint8Array;
  chunkTypes: string[];
} {
  const bytes = Buffer.from(png);
  const chunkTypes: string[] = [];
  const packed: Buffer[] = [];
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    chunkTypes.push(type);
    if (type === 'IDAT') packed.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)));
  }
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  return { width, height, rgb: unfilter(inflateSync(Buffer.concat(packed)), 3 * width, height), chunkTypes };
}

function unfilter(filtered: Buffer, stride: number, height: number): Uint8Array {
  const rgb = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const type = filtered[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const residual = filtered[y * (stride + 1) + 1 + x] ?? NaN;
      const a = x < 3 ? 0 : (rgb[y * stride + x - 3] ?? NaN);
      const b = y === 0 ? 0 : (rgb[(y - 1) * stride + x] ?? NaN);
      const c = x < 3 || y === 0 ? 0 : (rgb[(y - 1) * stride + x - 3] ?? NaN);
      const p = a + b - c;
      const [nearest = NaN] = [a, b, c].sort((m, n) => Math.abs(p - m) - Math.abs(p - n));
      const prediction = [0, a, b, Math.floor((a + b) / 2), nearest][type ?? NaN];
      if (prediction === undefined) throw new Error(`Row ${y} has an unknown filter.`);
      rgb[y * stride + x] = residual + prediction;
    }
  }
  return rgb;
}
