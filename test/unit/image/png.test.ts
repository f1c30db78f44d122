import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePng, PngError, readPngText, type PngText } from '../../../sidecar/image/png';
import { decodeRgbPng } from './png-decoder';

const onePixel = Uint8Array.of(1, 2, 3);

describe('encodePng', () => {
  it('keeps every pixel, whatever filters it chooses', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.nat(255)),
        (width, height, noise) => {
          const rgb = Uint8Array.from([...noise.take(3 * width * height)]);
          expect(decodeRgbPng(encodePng(rgb, width, height))).toMatchObject({ width, height, rgb });
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it('makes a smooth picture small', () => {
    const rgb = Uint8Array.from(
      { length: 3 * 64 * 64 },
      (_, i) => (Math.floor(i / 3) % 64) + Math.floor(i / 192),
    );
    const png = encodePng(rgb, 64, 64);
    expect(decodeRgbPng(png).rgb).toEqual(rgb);
    expect(png.length).toBeLessThan(500);
  });

  it('puts the texts between header and pixels', () => {
    const png = encodePng(onePixel, 1, 1, [
      ['a', 'plain'],
      ['b', 'Föhn'],
      ['c', '月'],
    ]);
    expect(decodeRgbPng(png).chunkTypes).toEqual(['IHDR', 'tEXt', 'tEXt', 'iTXt', 'IDAT', 'IEND']);
  });

  it.each<[string, () => unknown]>([
    ['pixels that do not fill the picture', () => encodePng(onePixel, 2, 1)],
    ['an empty picture', () => encodePng(new Uint8Array(0), 0, 1)],
    ['an empty keyword', () => encodePng(onePixel, 1, 1, [['', 'x']])],
    ['a long keyword', () => encodePng(onePixel, 1, 1, [['k'.repeat(80), 'x']])],
    ['a text with NUL', () => encodePng(onePixel, 1, 1, [['k', 'a\0b']])],
  ])('refuses %s', (_, encode) => {
    expect(encode).toThrow(RangeError);
  });
});

describe('readPngText', () => {
  it.each<[string, string]>([
    ['ASCII', 'a boat\nSteps: 3'],
    ['Latin-1', 'déjà vu'],
    ['Unicode', 'a 月 over “fjord” 🌙'],
    ['a carriage return', 'a\r\nb'],
    ['nothing', ''],
  ])('reads back %s', (_, text) => {
    expect(readPngText(encodePng(onePixel, 1, 1, [['parameters', text]]))).toEqual(
      new Map([['parameters', text]]),
    );
  });

  it('takes the first of two texts with one keyword', () => {
    const texts: PngText[] = [
      ['k', 'first'],
      ['k', 'second'],
    ];
    expect(readPngText(encodePng(onePixel, 1, 1, texts)).get('k')).toBe('first');
  });

  it('refuses a file with a flipped bit anywhere', () => {
    const png = encodePng(onePixel, 1, 1, [
      ['parameters', 'a boat'],
      ['zipar', '月'],
    ]);
    for (let i = 0; i < png.length; i++) {
      const damaged = Uint8Array.from(png);
      damaged[i] = (damaged[i] ?? 0) ^ 0x10;
      expect(() => readPngText(damaged), `byte ${i}`).toThrow(PngError);
    }
  });

  it('refuses a file that ends too soon', () => {
    const png = encodePng(onePixel, 1, 1, [['parameters', 'a boat']]);
    for (let length = 0; length < png.length; length++) {
      expect(() => readPngText(png.subarray(0, length)), `${length} bytes`).toThrow(PngError);
    }
  });
});
