import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centreCrop, resampled } from '../../../sidecar/image/fit-picture';

describe('centreCrop', () => {
  it.each([
    [
      { width: 400, height: 300 },
      { width: 16, height: 16 },
      { left: 50, top: 0, width: 300, height: 300 },
    ],
    [
      { width: 300, height: 401 },
      { width: 16, height: 16 },
      { left: 0, top: 50, width: 300, height: 300 },
    ],
    [
      { width: 640, height: 480 },
      { width: 64, height: 48 },
      { left: 0, top: 0, width: 640, height: 480 },
    ],
    [
      { width: 500, height: 100 },
      { width: 20, height: 40 },
      { left: 225, top: 0, width: 50, height: 100 },
    ],
  ])('cuts the middle of %o for %o', (picture, size, crop) => {
    expect(centreCrop(picture, size)).toEqual(crop);
  });
});

describe('resampled', () => {
  it('keeps a picture of the same size', () => {
    const rgb = Uint8Array.from({ length: 3 * 2 * 2 }, (_, i) => i * 20);
    const crop = { left: 0, top: 0, width: 2, height: 2 };
    const planes = resampled({ width: 2, height: 2, rgb }, crop, { width: 2, height: 2 });
    const pixels = (colour: number): number[] =>
      [0, 1, 2, 3].map((i) => (rgb[3 * i + colour] ?? 0) / 127.5 - 1);
    expect(Array.from(planes)).toEqual(Array.from(Float32Array.from([0, 1, 2].flatMap(pixels))));
  });

  it('takes the mean of the area that each new pixel covers', () => {
    // Three columns become two: each new one covers one and a half of them.
    const rgb = Uint8Array.from([0, 0, 0, 90, 90, 90, 240, 240, 240]);
    const crop = { left: 0, top: 0, width: 3, height: 1 };
    const planes = resampled({ width: 3, height: 1, rgb }, crop, { width: 2, height: 1 });
    const bytes = Array.from(planes.subarray(0, 2), (value) => (value + 1) * 127.5);
    expect(bytes[0]).toBeCloseTo((0 + 90 / 2) / 1.5, 4);
    expect(bytes[1]).toBeCloseTo((90 / 2 + 240) / 1.5, 4);
  });

  it('keeps the mean of the part that it takes, whatever the sizes', () => {
    const sizes = fc.record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      more: fc.tuple(fc.nat(9), fc.nat(9)),
      margin: fc.tuple(fc.nat(3), fc.nat(3)),
      noise: fc.infiniteStream(fc.nat(255)),
    });
    fc.assert(
      fc.property(sizes, ({ width, height, more, margin: [left, top], noise }) => {
        const crop = { left, top, width: width + more[0], height: height + more[1] };
        const picture = { width: crop.width + 2 * left, height: crop.height + top };
        const rgb = Uint8Array.from([...noise.take(3 * picture.width * picture.height)]);
        const planes = resampled({ ...picture, rgb }, crop, { width, height });
        for (let colour = 0; colour < 3; colour++) {
          let sum = 0;
          for (let y = 0; y < crop.height; y++)
            for (let x = 0; x < crop.width; x++)
              sum += rgb[3 * ((top + y) * picture.width + left + x) + colour] ?? 0;
          const plane = planes.subarray(colour * width * height, (colour + 1) * width * height);
          const mean = plane.reduce((total, value) => total + value, 0) / plane.length;
          expect((mean + 1) * 127.5).toBeCloseTo(sum / (crop.width * crop.height), 3);
        }
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});
