/**
 * The sampler as a specification: it copies, selects, walks a heap, and computes the Gumbel noise of every token. `chooseToken`
 * and `drawToken` of the product must yield exactly the tokens that these yield.
 */
import type { TokenNoise } from '../../sidecar/decoding/noise';
import { SamplingError, type Choice, type SamplingOptions } from '../../sidecar/decoding/sampling';
import type { CodebookIndex } from '../../sidecar/decoding/token-grid';
import { gumbel } from './literal-noise';

/** Probability of each token [vocab]; sums to 1 up to rounding. */
type Distribution = Float64Array;

/**
 * Chooses a token. It takes softmax(logits / temperature), keeps the top k, then the nucleus p, and renormalises. The token is
 * the one with the greatest ln p + g.
 *
 * @param logits [vocab], finite or -Infinity; not changed
 * @param noise ignored when greedy
 */
export function chooseToken(
  logits: Float32Array,
  options: SamplingOptions,
  noise: TokenNoise,
): Omit<Choice, 'margin'> {
  const kept = keptTokens(logits, options);
  if (options.greedy) return choiceOf(kept, indexOfMax(logits));
  return choiceOf(
    kept,
    drawPlace(kept.weights, noise, (place) => kept.tokens?.[place] ?? place),
  );
}

/**
 * The distribution from which tokens are drawn, after temperature, top-k and top-p. Greedy: all of it on the likeliest token.
 */
export function distributionOf(logits: Float32Array, options: SamplingOptions): Distribution {
  const distribution = new Float64Array(logits.length);
  if (options.greedy) {
    distribution[indexOfMax(logits)] = 1;
    return distribution;
  }
  const { tokens, weights } = keptTokens(logits, options);
  const total = sum(weights);
  for (let place = 0; place < weights.length; place++)
    distribution[tokens?.[place] ?? place] = (weights[place] ?? 0) / total;
  return distribution;
}

/** Draws a token: the greatest ln w + g; of equal ones the first. @param weights [vocab], at least one above 0 */
export function drawToken(weights: Float64Array, noise: TokenNoise): CodebookIndex {
  return drawPlace(weights, noise, (place) => place);
}

function drawPlace(weights: Float64Array, noise: TokenNoise, tokenOf: (place: number) => number): number {
  let best = -1;
  let greatest = -Infinity;
  for (const [place, weight] of weights.entries()) {
    const value = Math.log(weight) + gumbel(noise, tokenOf(place));
    if (value <= greatest) continue;
    greatest = value;
    best = place;
  }
  return best;
}

/** The tokens from which one is drawn. A vocabulary of thousands is cut before anything else is computed. */
interface KeptTokens {
  /** Tokens that top-k kept, by rising index; undefined: the whole vocabulary. */
  readonly tokens: Uint32Array | undefined;
  /** Unnormalised probability of each token, 0 if top-p removed it. Greedy: the probability in the model's own distribution. */
  readonly weights: Float64Array;
}

/** The choice for a place. @param place of the chosen token in the arrays of `kept`; -1 when the token was removed */
function choiceOf({ tokens, weights }: KeptTokens, place: number): Omit<Choice, 'margin'> {
  const total = sum(weights);
  const probability = (weights[place] ?? 0) / total;
  return { token: tokens?.[place] ?? place, probability, entropy: entropyOf(weights, total) };
}

function keptTokens(logits: Float32Array, { temperature, topK, topP, greedy }: SamplingOptions): KeptTokens {
  const max = checkedMaximum(logits);
  const isCut = !greedy && topK > 0 && topK < logits.length;
  const tokens = isCut ? likeliestTokens(logits, topK) : undefined;
  const weights = unnormalisedSoftmax(
    tokens ? Float32Array.from(tokens, (token) => logits[token] ?? 0) : logits,
    {
      max,
      temperature: greedy ? 1 : temperature,
    },
  );
  return { tokens, weights: greedy || topP === 1 ? weights : nucleus(weights, topP) };
}

/**
 * The `count` likeliest tokens, by rising index. Among equal ones, the smaller indices count. They are not ranked, because a draw
 * seldom needs that.
 */
function likeliestTokens(logits: Float32Array, count: number): Uint32Array {
  const least = nthLargest(logits, count);
  let equal = count;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- iterators double the time of a choice
  for (let i = 0; i < logits.length; i++) if ((logits[i] ?? 0) > least) equal--;
  const tokens = new Uint32Array(count);
  for (let i = 0, kept = 0; kept < count; i++) {
    const logit = logits[i] ?? 0;
    if (logit > least || (logit === least && equal-- > 0)) tokens[kept++] = i;
  }
  return tokens;
}

/** Keeps only the fewest likeliest tokens whose weights sum to `share` of the whole; at least one. */
function nucleus(weights: Float64Array, share: number): Float64Array {
  const enough = share * sum(weights);
  const kept = new Float64Array(weights.length);
  let mass = 0;
  for (const token of new LikeliestFirst(weights)) {
    const weight = weights[token] ?? 0;
    kept[token] = weight;
    mass += weight;
    if (mass >= enough) break;
  }
  return kept;
}

/** The value at place `n`, from 1, if sorted from large to small: Hoare's quickselect. @param n at most the number of values */
function nthLargest(values: Float32Array, n: number): number {
  const rest = values.slice();
  let low = 0;
  let high = rest.length - 1;
  while (low < high) {
    const pivot = rest[(low + high) >> 1] ?? 0;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((rest[left] ?? 0) > pivot) left++;
      while ((rest[right] ?? 0) < pivot) right--;
      if (left > right) break;
      const moved = rest[left] ?? 0;
      rest[left++] = rest[right] ?? 0;
      rest[right--] = moved;
    }
    // Values up to `right` are at least the pivot, and values from `left` on are at most the pivot. The rest equal the pivot.
    if (n - 1 <= right) high = right;
    else if (n - 1 >= left) low = left;
    else return pivot;
  }
  return rest[n - 1] ?? 0;
}

/** The largest logit. @throws SamplingError if there is no logit, or if one is not a number */
function checkedMaximum(logits: Float32Array): number {
  let max = -Infinity;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- iterators double the time of a choice
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] ?? NaN;
    if (Number.isNaN(logit))
      throw new SamplingError('The model computed logits that are not numbers; its weights may be damaged.');
    if (logit > max) max = logit;
  }
  if (!Number.isFinite(max))
    throw new SamplingError('The model computed no finite logit; its weights may be damaged.');
  return max;
}

/** The weights exp((logit - max) / temperature): the likeliest token weighs 1. */
function unnormalisedSoftmax(
  logits: Float32Array,
  { max, temperature }: { readonly max: number; readonly temperature: number },
): Float64Array {
  const weights = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) weights[i] = Math.exp(((logits[i] ?? 0) - max) / temperature);
  return weights;
}

function indexOfMax(logits: Float32Array): CodebookIndex {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[best] ?? 0)) best = i;
  return best;
}

function sum(weights: Float64Array): number {
  let total = 0;
  for (const weight of weights) total += weight;
  return total;
}

/** The entropy -sum p ln p with p = weight / total, which is ln(total) - sum(weight * ln(weight)) / total. */
function entropyOf(weights: Float64Array, total: number): number {
  let weighted = 0;
  for (const weight of weights) if (weight > 0) weighted += weight * Math.log(weight);
  return Math.max(0, Math.log(total) - weighted / total);
}

/**
 * Iterates over the tokens with a weight, likeliest first, equal ones by index. It uses a binary heap: a draw mostly needs only
 * a few of thousands of tokens, so sorting all would be wasteful.
 */
class LikeliestFirst implements Iterable<CodebookIndex> {
  private readonly heap: Uint32Array;
  private size = 0;

  constructor(private readonly weights: Float64Array) {
    this.heap = new Uint32Array(weights.length);
    for (let i = 0; i < weights.length; i++) if ((weights[i] ?? 0) > 0) this.heap[this.size++] = i;
    for (let i = (this.size >> 1) - 1; i >= 0; i--) this.siftDown(i);
  }

  *[Symbol.iterator](): Generator<CodebookIndex, void, void> {
    while (this.size > 0) {
      yield this.at(0);
      this.size--;
      this.heap[0] = this.at(this.size);
      this.siftDown(0);
    }
  }

  private at(i: number): CodebookIndex {
    return this.heap[i] ?? 0;
  }

  private siftDown(start: number): void {
    let i = start;
    const moving = this.at(i);
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.isBefore(this.at(child + 1), this.at(child))) child++;
      if (!this.isBefore(this.at(child), moving)) break;
      this.heap[i] = this.at(child);
      i = child;
    }
    this.heap[i] = moving;
  }

  private isBefore(a: CodebookIndex, b: CodebookIndex): boolean {
    const weightA = this.weights[a] ?? 0;
    const weightB = this.weights[b] ?? 0;
    return weightA > weightB || (weightA === weightB && a < b);
  }
}
