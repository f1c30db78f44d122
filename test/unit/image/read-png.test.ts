import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePng, PngError } from '../../../sidecar/image/png';
import { decodePng } from '../../../sidecar/image/read-png';
import { pngOf, rawPng, type RawPng } from './raw-png';

/** A picture of this size whose samples are a pattern of all values. */
function patterned(
  form: Pick<RawPng, 'depth' | 'colours' | 'isInterlaced' | 'before'>,
  samples: number,
): RawPng {
  const levels = 2 ** form.depth;
  return {
    ...form,
    width: 11,
    height: 9,
    pixel: (x, y) => Array.from({ length: samples }, (_, i) => (x * 7919 + y * 104_729 + i * 31) % levels),
  };
}

/** The pixels that a file must show: RGB on white. */
function shown(
  png: RawPng,
  colour: (samples: readonly number[]) => readonly [number[], alpha: number],
): number[] {
  return Array.from({ length: png.height * png.width }, (_, i) => {
    const [rgb, alpha] = colour(png.pixel(i % png.width, Math.floor(i / png.width)));
    return rgb.map((value) => Math.round(255 * (value * alpha + (1 - alpha))));
  }).flat();
}

const PALETTE = Array.from({ length: 256 }, (_, i) => [(i * 37) % 256, (i * 91) % 256, (i * 13) % 256]);

describe('decodePng', () => {
  it('reads what this program writes', () => {
    const pixels = fc.uint8Array({ minLength: 3 * 5 * 4, maxLength: 3 * 5 * 4 });
    fc.assert(
      fc.property(pixels, (rgb) => {
        expect(decodePng(encodePng(rgb, 5, 4))).toEqual({ width: 5, height: 4, rgb });
      }),
      { seed: 2, numRuns: 50 },
    );
  });

  describe.each([false, true])('interlaced %s', (isInterlaced) => {
    it.each(isInterlaced ? ([8, 16] as const) : ([1, 2, 4, 8, 16] as const))(
      'reads grey of %s bits',
      (depth) => {
        const png = patterned({ depth, colours: 0, isInterlaced }, 1);
        const most = 2 ** depth - 1;
        const wanted = shown(png, ([v = 0]) => [[v / most, v / most, v / most], 1]);
        expect(Array.from(decodePng(rawPng(png)).rgb)).toEqual(wanted);
      },
    );

    it.each([8, 16] as const)('reads colours and transparency of %s bits, on white', (depth) => {
      const most = 2 ** depth - 1;
      const rgb = patterned({ depth, colours: 2, isInterlaced }, 3);
      expect(Array.from(decodePng(rawPng(rgb)).rgb)).toEqual(shown(rgb, (s) => [s.map((v) => v / most), 1]));
      const rgba = patterned({ depth, colours: 6, isInterlaced }, 4);
      const withAlpha = shown(rgba, ([r = 0, g = 0, b = 0, a = 0]) => [
        [r / most, g / most, b / most],
        a / most,
      ]);
      expect(Array.from(decodePng(rawPng(rgba)).rgb)).toEqual(withAlpha);
      const grey = patterned({ depth, colours: 4, isInterlaced }, 2);
      const greyAlpha = shown(grey, ([v = 0, a = 0]) => [[v / most, v / most, v / most], a / most]);
      expect(Array.from(decodePng(rawPng(grey)).rgb)).toEqual(greyAlpha);
    });

    it.each(isInterlaced ? ([8] as const) : ([1, 2, 4, 8] as const))(
      'reads a palette of %s bits with transparent entries',
      (depth) => {
        const entries = PALETTE.slice(0, 2 ** depth);
        const png = patterned(
          {
            ...{ depth, colours: 3, isInterlaced },
            before: [
              ['PLTE', Uint8Array.from(entries.flat())],
              ['tRNS', Uint8Array.of(0, 128)],
            ],
          },
          1,
        );
        const alphas = [0, 128 / 255];
        const wanted = shown(png, ([i = 0]) => [(entries[i] ?? []).map((v) => v / 255), alphas[i] ?? 1]);
        expect(Array.from(decodePng(rawPng(png)).rgb)).toEqual(wanted);
      },
    );
  });

  it('shows white where a file names a colour as transparent', () => {
    const before = [['tRNS', Uint8Array.of(0, 10, 0, 20, 0, 30)]] as const;
    const png: RawPng = {
      ...{ width: 4, height: 1, depth: 8, colours: 2, before },
      pixel: (x) => (x === 0 ? [10, 20, 30] : [10, 20, 31]),
    };
    expect(Array.from(decodePng(rawPng(png)).rgb.subarray(0, 6))).toEqual([255, 255, 255, 10, 20, 31]);
  });

  it('refuses interlaced pictures with several samples in a byte', () => {
    const png = patterned({ depth: 2, colours: 0, isInterlaced: true }, 1);
    expect(() => decodePng(rawPng(png))).toThrow(/interlaced and has 2 bits a sample.*save it without/);
  });

  it('refuses a picture that is too large, by its header', () => {
    const small = { depth: 8, colours: 2 } as const;
    expect(() => decodePng(pngOf({ ...small, width: 100_000, height: 100_000 }, deflateSync('')))).toThrow(
      /The picture has 100000 x 100000 pixels; at most 33554432 are read\. Make it smaller\./,
    );
  });

  it('unpacks no more than the header says, and no profile at all', () => {
    const bomb = deflateSync(Buffer.alloc(1 << 28));
    const form = { width: 4, height: 4, depth: 8, colours: 2 } as const;
    expect(() => decodePng(pngOf(form, bomb))).toThrow(PngError);
    const before = [['iCCP', Buffer.concat([Buffer.from('p\0\0'), bomb])]] as const;
    const png: RawPng = { ...form, before, pixel: () => [1, 2, 3] };
    expect(Array.from(decodePng(rawPng(png)).rgb.subarray(0, 3))).toEqual([1, 2, 3]);
  });

  it('throws nothing but a PngError, whatever is damaged', () => {
    const valid = [
      rawPng(patterned({ depth: 8, colours: 6, isInterlaced: true }, 4)),
      rawPng(
        patterned(
          { depth: 4, colours: 3, before: [['PLTE', Uint8Array.from(PALETTE.slice(0, 9).flat())]] },
          1,
        ),
      ),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.nat(), fc.nat(255), fc.nat(), (file, at, byte, length) => {
        const changed = Buffer.from(file);
        changed[at % changed.length] = byte;
        for (const damaged of [changed, changed.subarray(0, length % changed.length)]) {
          try {
            decodePng(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(PngError);
          }
        }
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('refuses pixels that are missing, and checksums that are right over wrong data', () => {
    const form = { width: 4, height: 4, depth: 8, colours: 2 } as const;
    for (const packed of [deflateSync(Buffer.alloc(51)), Buffer.from('no deflate'), new Uint8Array()])
      expect(() => decodePng(pngOf(form, packed))).toThrow(/cannot be read; it is damaged/);
    const wrongFilter = Buffer.alloc(4 * 13, 9);
    expect(() => decodePng(pngOf(form, deflateSync(wrongFilter)))).toThrow(PngError);
    expect(() => decodePng(pngOf({ ...form, colours: 3 }, deflateSync(Buffer.alloc(20))))).toThrow(PngError);
  });
});
