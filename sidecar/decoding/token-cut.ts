import { LikeliestFirst } from './likeliest-first';
import { SamplingError, type SamplingOptions } from './sampling-options';

/** What tokens are drawn from. A vocabulary of thousands is cut before anything else is computed of it. */
export interface KeptTokens {
  /** What top-k left, by rising index; undefined: all of the vocabulary. */
  readonly tokens: Uint32Array | undefined;
  /** Unnormalised probability of each, 0 for what top-p cut off; greedy: of the model's own distribution. */
  readonly weights: Float64Array;
  /** Natural logarithm of each weight, also where top-p cut it off. */
  readonly logWeights: Float64Array;
}

/**
 * Cuts a distribution: softmax(logits / temperature), the top k of it, of those the nucleus p.
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
  return { tokens, weights: greedy || topP === 1 ? weights : nucleus(weights, topP), logWeights };
}

/** The sum, added up by rising index. */
export function sumOf(weights: Float64Array): number {
  let total = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- iterators double the time of a choice
  for (let i = 0; i < weights.length; i++) total += weights[i] ?? 0;
  return total;
}

interface LogitRange {
  readonly max: number;
  /** The smallest that is not -Infinity. */
  readonly min: number;
}

/** The finite logits' range. @throws SamplingError when there is none, or one is no number */
function rangeOf(logits: Float32Array): LogitRange {
  let max = -Infinity;
  let min = Infinity;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- iterators double the time of a choice
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? NaN;
    if (Number.isNaN(logit))
      throw new SamplingError('The model computed logits that are not numbers; its weights may be damaged.');
    if (logit > max) max = logit;
    if (logit < min && logit > -Infinity) min = logit;
  }
  if (!Number.isFinite(max))
    throw new SamplingError('The model computed no finite logit; its weights may be damaged.');
  return { max, min };
}

/** Buckets of the histogram that finds the least of the top k. */
const BUCKETS = 2048;

/**
 * The `count` likeliest, by rising index; of equal ones those of the smaller indices. Not ranked, for a draw seldom needs that.
 *
 * A histogram tells in which bucket the least of them lies: what lies in higher buckets is kept, and only that bucket is searched.
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

/** Each logit's bucket, 0 = the largest: the same for equal ones, and never less for a smaller one. */
function bucketed(
  logits: Float32Array,
  { max, min }: LogitRange,
): { readonly buckets: Uint16Array; readonly sizes: Uint32Array } {
  const last = BUCKETS - 1;
  const scale = max > min ? last / (max - min) : 0;
  const buckets = new Uint16Array(logits.length);
  const sizes = new Uint32Array(BUCKETS);
  for (let token = 0; token < logits.length; token++) {
    // -Infinity falls into the last one; where all others are equal, 0 * Infinity is NaN, and `|` makes it 0 like theirs.
    const bucket = Math.min((max - (logits[token] ?? 0)) * scale, last) | 0;
    buckets[token] = bucket;
    sizes[bucket] = (sizes[bucket] ?? 0) + 1;
  }
  return { buckets, sizes };
}

function pick(logits: Float32Array, tokens: Uint32Array): Float32Array {
  const picked = new Float32Array(tokens.length);
  for (let i = 0; i < tokens.length; i++) picked[i] = logits[tokens[i] ?? 0] ?? 0;
  return picked;
}

/** exp((logit - max) / temperature): the likeliest token weighs 1. */
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

/** Nothing but the fewest likeliest tokens that weigh `share` of all together; at least one. */
function nucleus(weights: Float64Array, share: number): Float64Array {
  const enough = share * sumOf(weights);
  const kept = new Float64Array(weights.length);
  const ranked = new LikeliestFirst(weights);
  let mass = 0;
  for (let rank = 0; rank < ranked.count; rank++) {
    const token = ranked.at(rank);
    const weight = weights[token] ?? 0;
    kept[token] = weight;
    mass += weight;
    if (mass >= enough) break;
  }
  return kept;
}

/** The value at place `n`, from 1, when sorted from large to small: Hoare's quickselect. Puts the values in another order. */
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
    // Everything up to `right` is at least the pivot, everything from `left` on at most; what is between equals it.
    if (n - 1 <= right) high = right;
    else if (n - 1 >= left) low = left;
    else return pivot;
  }
  return values[n - 1] ?? 0;
}
