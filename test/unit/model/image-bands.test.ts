import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../sidecar/model/onnx/graph-builder';
import { evenParts } from '../../../sidecar/model/image-decoder/even-parts';
import { bandRows, mapBands, valueOf, whole } from '../../../sidecar/model/image-decoder/image-bands';

describe('the bands of an image', () => {
  it('cover all rows of the grid, differ by one row at most, and keep to the limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 130 }),
        fc.double({ min: 0.001, max: 3, noNaN: true }),
        (height, share) => {
          const bytes = 1e6;
          const rows = bandRows({ height, width: 7 }, bytes, bytes * share);
          expect(rows.reduce((sum, count) => sum + count, 0)).toBe(height);
          expect(Math.max(...rows) - Math.min(...rows)).toBeLessThanOrEqual(1);
          expect(Math.min(...rows)).toBeGreaterThanOrEqual(1);
          const largest = (Math.max(...rows) / height) * bytes;
          if (Math.max(...rows) > 1) expect(largest).toBeLessThanOrEqual(bytes * share + 1e-6);
          if (share >= 1) expect(rows).toEqual([height]);
        },
      ),
      { seed: 1, numRuns: 500 },
    );
  });

  it('know where they lie, and an image of several has no single value', () => {
    const image = {
      ...whole('a' as Value, { channels: 1, height: 5, width: 2 }),
      bands: [
        { value: 'a' as Value, rows: 2 },
        { value: 'b' as Value, rows: 3 },
      ],
    };
    const places: unknown[] = [];
    mapBands(image, ({ value }, place) => {
      places.push([value, place]);
      return value;
    });
    expect(places).toEqual([
      ['a', { index: 0, from: 0, rows: 2 }],
      ['b', { index: 1, from: 2, rows: 3 }],
    ]);
    expect(() => valueOf(image)).toThrow('no single value');
  });
});

describe('even parts of a length', () => {
  it('are as few as the limit allows, follow one another, and have at least one', () => {
    expect(evenParts(10, 4)).toEqual([
      [0, 3],
      [3, 6],
      [6, 10],
    ]);
    expect(evenParts(8100, 20_000)).toEqual([[0, 8100]]);
    expect(evenParts(8100, Infinity)).toEqual([[0, 8100]]);
    expect(evenParts(2, 0)).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });
});
