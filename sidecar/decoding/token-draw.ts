import { LikeliestFirst } from './likeliest-first';
import { sumOf } from './token-cut';
import type { CodebookIndex } from './token-grid';

/**
 * Draws the token at which the cumulated weight exceeds `uniform` times the whole weight. Tokens are added likeliest first;
 * of two equal tokens, the one with the smaller index comes first.
 *
 * The order matters: two nearly equal distributions then almost always yield the same token under the same noise. A
 * comparison of decoders needs this.
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
  // Rounding may leave the whole sum slightly below the target. The last token is then the right one.
  return drawn;
}
