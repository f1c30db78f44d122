import type { CodebookIndex } from './token-grid';

/** How a token is chosen from logits. */
export interface SamplingOptions {
  /** > 0; divides the logits. */
  readonly temperature: number;
  /** Keep the k likeliest tokens; 0 = all. */
  readonly topK: number;
  /** Keep the fewest likeliest tokens whose probabilities reach p, (0, 1]; 1 = all. */
  readonly topP: number;
  /** Take the likeliest token of the untruncated distribution. */
  readonly greedy: boolean;
}

/** A chosen token and how sure the model was. */
export interface Choice {
  readonly token: CodebookIndex;
  /** Probability of the token under the distribution of the pass that decided it (after temperature, top-k and top-p). */
  readonly probability: number;
  /** Entropy of that distribution, nats. */
  readonly entropy: number;
}

/** Options or logits that define no distribution. */
export class SamplingError extends Error {
  override readonly name = 'SamplingError';
}

/** @throws SamplingError naming the option that is out of range. */
export function checkSamplingOptions(options: SamplingOptions): void {
  const { temperature, topK, topP } = options;
  if (!(temperature > 0) || !Number.isFinite(temperature)) {
    throw new SamplingError(
      `Temperature ${temperature} is not above 0; to take the likeliest token each time, use greedy decoding.`,
    );
  }
  if (!Number.isInteger(topK) || topK < 0)
    throw new SamplingError(`Top-k ${topK} is not an integer of 0 (all tokens) or more.`);
  if (!(topP > 0) || topP > 1) throw new SamplingError(`Top-p ${topP} is outside (0, 1].`);
}

/** Probability of each token [vocab]; sums to 1 up to rounding. */
export type Distribution = Float64Array;

/**
 * Chooses a token: softmax(logits / temperature), cut to the top k, then to the nucleus p, renormalised; the token
 * at which the cumulated probability, likeliest first (ties: the smaller index), passes `uniform`.
 *
 * Going likeliest first makes two nearly equal distributions yield the same token under the same noise almost
 * always, which is what a comparison of decoders needs.
 *
 * @param logits [vocab], finite or -Infinity; not changed
 * @param uniform in [0, 1); not looked at when greedy
 */
export function chooseToken(logits: Float32Array, options: SamplingOptions, uniform: number): Choice {
  const { weights, likeliestFirst } = keptTokens(logits, options);
  return choiceOf(weights, options.greedy ? indexOfMax(logits) : drawToken(weights, uniform, likeliestFirst));
}

/** As `chooseToken`, for a token that was chosen in another way. */
export function describeChoice(logits: Float32Array, options: SamplingOptions, token: CodebookIndex): Choice {
  return choiceOf(keptTokens(logits, options).weights, token);
}

/** What tokens are drawn from, after temperature, top-k and top-p; greedy: all of it on the likeliest token. */
export function distributionOf(logits: Float32Array, options: SamplingOptions): Distribution {
  const { weights } = keptTokens(logits, options);
  if (options.greedy) {
    const certain = new Float64Array(weights.length);
    certain[indexOfMax(logits)] = 1;
    return certain;
  }
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

/**
 * The token at which the cumulated weight, likeliest first (ties: the smaller index), passes `uniform` of the whole.
 *
 * @param weights [vocab], 0 or more, at least one above 0; they need not sum to 1
 * @param uniform in [0, 1)
 * @param likeliestFirst the tokens above 0 in that order, where it is known
 */
export function drawToken(
  weights: Float64Array,
  uniform: number,
  likeliestFirst: Iterable<CodebookIndex> = new LikeliestFirst(weights),
): CodebookIndex {
  const target = uniform * sum(weights);
  let cumulated = 0;
  let drawn = 0;
  for (const token of likeliestFirst) {
    cumulated += weights[token] ?? 0;
    drawn = token;
    if (cumulated > target) break;
  }
  // Rounding may leave the whole sum a hair below the target: the last token is the one meant.
  return drawn;
}

function choiceOf(weights: Float64Array, token: CodebookIndex): Choice {
  const total = sum(weights);
  return { token, probability: (weights[token] ?? 0) / total, entropy: entropyOf(weights, total) };
}

/** What tokens are drawn from. */
interface KeptTokens {
  /** Unnormalised probabilities [vocab], 0 for what was cut off; greedy: of the model's own distribution. */
  readonly weights: Float64Array;
  /** The tokens above 0, where top-k or top-p had to rank them. */
  readonly likeliestFirst?: readonly CodebookIndex[];
}

function keptTokens(logits: Float32Array, options: SamplingOptions): KeptTokens {
  const weights = unnormalisedSoftmax(logits, options.greedy ? 1 : options.temperature);
  if (options.greedy || (options.topK === 0 && options.topP === 1)) return { weights };
  const likeliestFirst = keepLikeliest(weights, options);
  const kept = new Float64Array(weights.length);
  for (const token of likeliestFirst) kept[token] = weights[token] ?? 0;
  return { weights: kept, likeliestFirst };
}

/** The tokens that top-k and top-p leave, likeliest first; at least one. */
function keepLikeliest(weights: Float64Array, { topK, topP }: SamplingOptions): readonly CodebookIndex[] {
  const limit = topK === 0 ? weights.length : topK;
  // The nucleus is measured within the top k, so with top-k on, its mass has to be known first.
  const massOfAll = topK === 0 ? sum(weights) : undefined;
  const tokens: CodebookIndex[] = [];
  let mass = 0;
  for (const token of new LikeliestFirst(weights)) {
    tokens.push(token);
    mass += weights[token] ?? 0;
    if (tokens.length === limit || (massOfAll !== undefined && mass >= topP * massOfAll)) break;
  }
  if (massOfAll !== undefined || topP === 1) return tokens;
  return tokens.slice(0, nucleusLength(tokens, weights, topP * mass));
}

/** How many of the tokens, taken in order, it takes to reach `mass`: at least 1. */
function nucleusLength(tokens: readonly CodebookIndex[], weights: Float64Array, mass: number): number {
  let cumulated = 0;
  for (const [i, token] of tokens.entries()) {
    cumulated += weights[token] ?? 0;
    if (cumulated >= mass) return i + 1;
  }
  return tokens.length;
}

/** exp((logit - max) / temperature): the likeliest token weighs 1. */
function unnormalisedSoftmax(logits: Float32Array, temperature: number): Float64Array {
  let max = -Infinity;
  for (const logit of logits) {
    if (Number.isNaN(logit))
      throw new SamplingError('The model computed logits that are not numbers; its weights may be damaged.');
    if (logit > max) max = logit;
  }
  if (!Number.isFinite(max))
    throw new SamplingError('The model computed no finite logit; its weights may be damaged.');
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

/** -sum p ln p with p = weight / total = ln(total) - sum(weight * ln(weight)) / total. */
function entropyOf(weights: Float64Array, total: number): number {
  let weighted = 0;
  for (const weight of weights) if (weight > 0) weighted += weight * Math.log(weight);
  return Math.max(0, Math.log(total) - weighted / total);
}

/**
 * Hands out the tokens that weigh anything, likeliest first, ties by index. A binary heap: a draw mostly needs a few
 * tokens of a vocabulary of thousands, so sorting them all would be waste.
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
