import type { T5Config } from './t5-config';

/**
 * The bucket of T5's relative position bias for each pair of positions, [n, n] row-major: queries in rows, keys in columns.
 * One half of the buckets is for keys after the query, the other half for all other keys.
 * In each half, the first half of the buckets holds one distance each. The rest holds distances up to `maxDistance` on a
 * logarithmic scale (Raffel et al. 2020, section 2.1; `_relative_position_bucket` in transformers' `modeling_t5.py`).
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

/** The bucket of a distance >= 0, among `half` buckets. It computes in float32 like the reference: this decides at a border. */
function distanceBucket(distance: number, half: number, maxDistance: number): number {
  const exact = half / 2;
  if (distance < exact) return distance;
  const logarithm = Math.fround(Math.log(Math.fround(distance / exact)));
  const share = Math.fround(logarithm / Math.fround(Math.log(maxDistance / exact)));
  return Math.min(half - 1, exact + Math.floor(Math.fround(share * (half - exact))));
}
