import { LikeliestFirst } from './likeliest-first';
import { SamplingError, type SamplingOptions } from './sampling-options';
import type { CodebookIndex } from './token-grid';
import { sentence } from '../protocol/sentence';

/**
 * The limit of a tie, in nats. When a step also computes other cells, rounding changes the logits of a cell by less than this.
 * (With packed weights on the CPU the change may be larger: docs/lookahead.md.) A draw or a cut is a *tie* if a change of this
 * size could change the result.
 */
export const TIE = 1e-4;

/** A token near the edge of a cut. A change of its logit by less than `TIE` decides whether it is kept. */
export interface EdgeToken {
  readonly token: CodebookIndex;
  readonly isKept: boolean;
  readonly logWeight: number;
  /** The least change of its logit that moves it to the other side, in nats. */
  readonly gap: number;
}

/** The tokens that remain after the cut, and their weights. Top-k comes first, so that later computations have few tokens. */
export interface KeptTokens {
  /** The tokens that top-k kept, in rising order; undefined means the whole vocabulary. */
  readonly tokens: Uint32Array | undefined;
  /**
   * The weight of each token: its probability, up to a common factor. It is 0 for tokens that top-p cut off. When greedy, the
   * weights have no temperature and no cut.
   */
  readonly weights: Float64Array;
  /** The natural logarithm of each weight, before top-p. */
  readonly logWeights: Float64Array;
  /** The tokens so near to the edge of a cut that rounding could move them to the other side. */
  readonly nearEdge: readonly EdgeToken[];
}

/**
 * Cuts a distribution: it computes softmax(logits / temperature), keeps the top k tokens, and then keeps the likeliest of these
 * (top-p).
 * @param logits [vocab], finite or -Infinity; not changed
 * @throws SamplingError when the logits are no distribution
 */
export function keptTokens(
  logits: Float32Array,
  { temperature, topK, topP, greedy }: SamplingOptions,
): KeptTokens {
  const range = rangeOf(logits);
  const isCut = !greedy && topK > 0 && topK < logits.length;
  const tokens = isCut ? likeliestTokens(logits, topK, range) : undefined;
  const kept = tokens ? pick(logits, tokens) : logits;
  const { weights, logWeights } = softmax(kept, range.max, greedy ? 1 : temperature);
  const nearEdge = tokens ? nearTopK(logits, { tokens, kept, max: range.max, temperature }) : [];
  if (greedy || topP === 1) return { tokens, weights, logWeights, nearEdge };
  const nucleus = nucleusOf({ weights, logWeights }, topP, tokens);
  return { tokens, logWeights, weights: nucleus.weights, nearEdge: nucleus.nearEdge ?? nearEdge };
}

/** The tokens near the edge of top-k. The second parameter has the kept `tokens` and, in `kept`, their logits. */
function nearTopK(
  logits: Float32Array,
  {
    tokens,
    kept,
    max,
    temperature,
  }: {
    readonly tokens: Uint32Array;
    readonly kept: Float32Array;
    readonly max: number;
    readonly temperature: number;
  },
): EdgeToken[] {
  let least = Infinity;
  for (const logit of kept) if (logit < least) least = logit;
  const lowest = least - TIE * temperature;
  const near: EdgeToken[] = [];
  const add = (token: CodebookIndex, isKept: boolean, from: number): void => {
    const logit = logits[token] ?? 0;
    const gap = Math.abs(logit - from) / temperature;
    if (gap < TIE) near.push({ token, isKept, logWeight: (logit - max) / temperature, gap });
  };
  let likeliestCut = -Infinity;
  let place = 0;
  for (let token = 0; token < logits.length; token++) {
    if (tokens[place] === token) {
      place++;
      continue;
    }
    const logit = logits[token] ?? 0;
    if (logit < lowest) continue;
    add(token, false, least);
    if (logit > likeliestCut) likeliestCut = logit;
  }
  if (near.length > 0) for (const token of tokens) add(token, true, likeliestCut);
  return near;
}

/** The sum of the weights. They are always added in the order of their indices, so that rounding is always the same. */
export function sumOf(weights: Float64Array): number {
  let total = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- iterators double the time of a choice
  for (let i = 0; i < weights.length; i++) total += weights[i] ?? 0;
  return total;
}

interface LogitRange {
  readonly max: number;
  /** The smallest logit that is not -Infinity. */
  readonly min: number;
}

/** The range of the finite logits. @throws SamplingError when no logit is finite, or a logit is not a number */
function rangeOf(logits: Float32Array): LogitRange {
  let max = -Infinity;
  let min = Infinity;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- iterators double the time of a choice
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? NaN;
    if (Number.isNaN(logit))
      throw new SamplingError(
        sentence`The model computed logits that are not numbers; its weights may be damaged.`,
      );
    if (logit > max) max = logit;
    if (logit < min && logit > -Infinity) min = logit;
  }
  if (!Number.isFinite(max))
    throw new SamplingError(sentence`The model computed no finite logit; its weights may be damaged.`);
  return { max, min };
}

/** The number of buckets of the histogram that finds the smallest logit of the top k. */
const BUCKETS = 2048;

/**
 * The `count` likeliest tokens, in rising order of their indices. Among tokens with equal logits it takes the smaller indices.
 * The tokens are not sorted by likelihood, because a draw seldom needs that.
 *
 * A histogram says which bucket holds the smallest logit of the top k. All tokens in the buckets before it are kept, so only
 * this bucket is searched.
 */
function likeliestTokens(logits: Float32Array, count: number, range: LogitRange): Uint32Array {
  const { buckets, sizes } = bucketed(logits, range);
  let above = 0;
  let edge = 0;
  while (above + (sizes[edge] ?? 0) < count) above += sizes[edge++] ?? 0;
  const inEdge = new Float32Array(sizes[edge] ?? 0);
  const candidates = new Uint32Array(above + inEdge.length);
  let found = 0;
  let foundInEdge = 0;
  for (let token = 0; found < candidates.length; token++) {
    const bucket = buckets[token] ?? 0;
    if (bucket > edge) continue;
    candidates[found++] = token;
    if (bucket === edge) inEdge[foundInEdge++] = logits[token] ?? 0;
  }
  const least = nthLargest(inEdge, count - above);
  let equal = count - above;
  for (const logit of inEdge) if (logit > least) equal--;
  let kept = 0;
  for (let i = 0; kept < count; i++) {
    const token = candidates[i] ?? 0;
    const logit = logits[token] ?? 0;
    if (logit > least || (logit === least && equal-- > 0)) candidates[kept++] = token;
  }
  return candidates.subarray(0, count);
}

/**
 * The bucket of each logit; bucket 0 has the largest logits. Equal logits share a bucket, and smaller ones never come before.
 */
function bucketed(
  logits: Float32Array,
  { max, min }: LogitRange,
): { readonly buckets: Uint16Array; readonly sizes: Uint32Array } {
  const last = BUCKETS - 1;
  const scale = max > min ? last / (max - min) : 0;
  const buckets = new Uint16Array(logits.length);
  const sizes = new Uint32Array(BUCKETS);
  for (let token = 0; token < logits.length; token++) {
    // -Infinity gets the last bucket. If all other logits are equal, the factor is 0, and 0 * Infinity is NaN. Then `|` gives
    // 0, which is also the bucket of the others.
    const bucket = Math.min((max - (logits[token] ?? 0)) * scale, last) | 0;
    buckets[token] = bucket;
    sizes[bucket] = (sizes[bucket] ?? 0) + 1;
  }
  return { buckets, sizes };
}

/** The logits of some tokens. */
function pick(logits: Float32Array, tokens: Uint32Array): Float32Array {
  const picked = new Float32Array(tokens.length);
  for (let i = 0; i < tokens.length; i++) picked[i] = logits[tokens[i] ?? 0] ?? 0;
  return picked;
}

/** The weights exp((logit - max) / temperature) and their logarithms. The likeliest token has the weight 1. */
function softmax(
  logits: Float32Array,
  max: number,
  temperature: number,
): { readonly weights: Float64Array; readonly logWeights: Float64Array } {
  const weights = new Float64Array(logits.length);
  const logWeights = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) {
    const logWeight = ((logits[i] ?? 0) - max) / temperature;
    logWeights[i] = logWeight;
    weights[i] = Math.exp(logWeight);
  }
  return { weights, logWeights };
}

/**
 * Top-p: keeps the likeliest tokens until together they have the share `share` of the total weight; at least one token.
 * @returns the weights, 0 for tokens that are cut off. `nearEdge` is undefined if all tokens are kept
 */
function nucleusOf(
  { weights, logWeights }: { readonly weights: Float64Array; readonly logWeights: Float64Array },
  share: number,
  tokens: Uint32Array | undefined,
): { readonly weights: Float64Array; readonly nearEdge: readonly EdgeToken[] | undefined } {
  const total = sumOf(weights);
  const enough = share * total;
  const kept = new Float64Array(weights.length);
  const ranked = new LikeliestFirst(weights);
  let mass = 0;
  let rank = 0;
  let before = 0;
  for (; rank < ranked.count; rank++) {
    const place = ranked.at(rank);
    const weight = weights[place] ?? 0;
    kept[place] = weight;
    before = mass;
    mass += weight;
    if (mass >= enough) break;
  }
  // Two tokens are next to the edge: the last one that is kept, and the first one that is cut off. A token crosses the edge if
  // the two exchange their ranks, or if the sum of the weights before it changes enough.
  if (rank + 1 >= ranked.count) return { weights: kept, nearEdge: undefined };
  const last = ranked.at(rank);
  const next = ranked.at(rank + 1);
  const exchange = (logWeights[last] ?? 0) - (logWeights[next] ?? 0);
  const edge = (place: number, isKept: boolean, shift: number): EdgeToken => ({
    token: tokens?.[place] ?? place,
    isKept,
    logWeight: logWeights[place] ?? 0,
    gap: Math.min(exchange, shift / total),
  });
  const near = [edge(last, true, enough - before), edge(next, false, mass - enough)];
  return { weights: kept, nearEdge: near.filter(({ gap }) => gap < TIE) };
}

/** The n-th largest value, n from 1 (Hoare's quickselect). It changes the order of the values in the array. */
function nthLargest(values: Float32Array, n: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] ?? 0;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] ?? 0) > pivot) left++;
      while ((values[right] ?? 0) < pivot) right--;
      if (left > right) break;
      const moved = values[left] ?? 0;
      values[left++] = values[right] ?? 0;
      values[right--] = moved;
    }
    // Each value up to `right` is equal to the pivot or larger. Each value from `left` on is equal or smaller. The values
    // between them are equal to the pivot.
    if (n - 1 <= right) high = right;
    else if (n - 1 >= left) low = left;
    else return pivot;
  }
  return values[n - 1] ?? 0;
}
