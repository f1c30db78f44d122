import type { T5Config } from './t5-config';

/**
 * Which bucket of T5's relative position bias each pair of positions falls into, [n, n] row-major: queries in rows, keys
 * in columns. Half of the buckets are for keys after the query. Of each half, the first half is for one distance each,
 * the rest for distances up to `maxDistance` on a logarithmic scale (Raffel et al. 2020, section 2.1;
 * `_relative_position_bucket` in transformers' `modeling_t5.py`).
 */
export function relativePositionBuckets(
  n: number,
  { buckets, maxDistance }: Pick<T5Config, 'buckets' | 'maxDistance'>,
): BigInt64Array {
  const half = buckets / 2;
  const table = new BigInt64Array(n * n);
  for (let query = 0; query < n; query++) {
    for (let key = 0; key < n; key++) {
      const bucket = distanceBucket(Math.abs(key - query), half, maxDistance);
      table[query * n + key] = BigInt(key > query ? half + bucket : bucket);
    }
  }
  return table;
}

/** Of `half` buckets, the one of a distance >= 0. In float32, as the reference: on a border that decides. */
function distanceBucket(distance: number, half: number, maxDistance: number): number {
  const exact = half / 2;
  if (distance < exact) return distance;
  const logarithm = Math.fround(Math.log(Math.fround(distance / exact)));
  const share = Math.fround(logarithm / Math.fround(Math.log(maxDistance / exact)));
  return Math.min(half - 1, exact + Math.floor(Math.fround(share * (half - exact))));
}
