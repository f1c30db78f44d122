import { LikeliestFirst } from './likeliest-first';
import { sumOf } from './token-cut';
import type { CodebookIndex } from './token-grid';

/**
 * The token at which the cumulated weight, likeliest first (ties: the smaller index), passes `uniform` of the whole.
 *
 * Going likeliest first makes two nearly equal distributions yield the same token under the same noise almost
 * always, which is what a comparison of decoders needs.
 *
 * @param weights [vocab], 0 or more, at least one above 0; they need not sum to 1
 * @param uniform in [0, 1)
 */
export function drawToken(weights: Float64Array, uniform: number): CodebookIndex {
  const target = uniform * sumOf(weights);
  const ranked = new LikeliestFirst(weights);
  let cumulated = 0;
  let drawn = 0;
  for (let rank = 0; rank < ranked.count; rank++) {
    drawn = ranked.at(rank);
    cumulated += weights[drawn] ?? 0;
    if (cumulated > target) break;
  }
  // Rounding may leave the whole sum a hair below the target: the last token is the one meant.
  return drawn;
}
