/** Golden buckets were computed by `_relative_position_bucket` of transformers: see test/golden/README.md. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { relativePositionBuckets } from '../../../sidecar/model/t5/relative-position';

const golden = JSON.parse(
  readFileSync(path.join(__dirname, '../../golden/t5-encoder/golden.json'), 'utf8'),
) as { buckets: { buckets: number; maxDistance: number; ofDistances: number[] }[] };

it('tells neighbours apart one by one, and keys before from keys after', () => {
  const table = relativePositionBuckets(3, { buckets: 32, maxDistance: 128 });
  // prettier-ignore
  expect(Array.from(table, Number)).toEqual([
    0, 17, 18,
    1,  0, 17,
    2,  1,  0,
  ]);
});

it('tells far keys apart on a logarithmic scale, and none beyond the greatest distance', () => {
  const table = relativePositionBuckets(200, { buckets: 32, maxDistance: 128 });
  const before = (distance: number): number => Number(table[199 * 200 + 199 - distance]);
  expect([7, 8, 11, 12, 15, 16, 90, 91, 127, 128, 199].map(before)).toEqual([
    7, 8, 8, 9, 9, 10, 14, 15, 15, 15, 15,
  ]);
});

it.each(golden.buckets)(
  'is the reference: $buckets buckets up to $maxDistance',
  ({ ofDistances, ...shape }) => {
    const n = (ofDistances.length + 1) / 2; // distances from -(n - 1) to n - 1
    const table = relativePositionBuckets(n, shape);
    for (let query = 0; query < n; query++) {
      const expected = ofDistances.slice(n - 1 - query, 2 * n - 1 - query);
      expect(Array.from(table.subarray(query * n, (query + 1) * n), Number)).toEqual(expected);
    }
  },
);
