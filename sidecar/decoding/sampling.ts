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
  /** Probability of the token under the distribution it was drawn from (after temperature, top-k and top-p). */
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
  const weights = unnormalisedSoftmax(logits, options.greedy ? 1 : options.temperature);
  if (options.greedy) {
    const total = sum(weights);
    return { token: indexOfMax(logits), probability: 1 / total, entropy: entropyOf(weights, total) };
  }
  const likeliest = new LikeliestFirst(weights);
  const kept =
    options.topK === 0 && options.topP === 1 ? undefined : keepLikeliest(likeliest, weights, options);
  const total = kept ? sum(kept.weights) : sum(weights);
  const token = kept ? drawFromKept(kept, uniform * total) : drawLikeliestFirst(likeliest, uniform * total);
  return {
    token,
    probability: (weights[token] ?? 0) / total,
    entropy: entropyOf(kept?.weights ?? weights, total),
  };
}

/** The candidates that top-k and top-p leave, likeliest first. */
interface Kept {
  readonly tokens: readonly CodebookIndex[];
  readonly weights: Float64Array;
}

function keepLikeliest(likeliest: LikeliestFirst, weights: Float64Array, options: SamplingOptions): Kept {
  const limit = options.topK === 0 ? weights.length : Math.min(options.topK, weights.length);
  const tokens: CodebookIndex[] = [];
  // The nucleus is measured within the top k, so with top-k on, its mass has to be known first.
  const massOfAll = options.topK === 0 ? sum(weights) : undefined;
  let mass = 0;
  while (tokens.length < limit && (massOfAll === undefined || mass < options.topP * massOfAll)) {
    const token = likeliest.next();
    const weight = weights[token] ?? 0;
    if (weight === 0) break;
    tokens.push(token);
    mass += weight;
  }
  const keptWeights = Float64Array.from(tokens, (token) => weights[token] ?? 0);
  if (massOfAll !== undefined || options.topP === 1) return { tokens, weights: keptWeights };
  const nucleus = nucleusLength(keptWeights, options.topP * mass);
  return { tokens: tokens.slice(0, nucleus), weights: keptWeights.subarray(0, nucleus) };
}

/** How many of the weights, taken in order, it takes to reach `mass`: at least 1. */
function nucleusLength(weights: Float64Array, mass: number): number {
  let cumulated = 0;
  for (const [i, weight] of weights.entries()) {
    cumulated += weight;
    if (cumulated >= mass) return i + 1;
  }
  return weights.length;
}

function drawFromKept({ tokens, weights }: Kept, target: number): CodebookIndex {
  let cumulated = 0;
  for (const [i, token] of tokens.entries()) {
    cumulated += weights[i] ?? 0;
    if (cumulated > target) return token;
  }
  // Rounding may leave the sum a hair below the target: the last candidate is the one meant.
  return tokens[tokens.length - 1] ?? 0;
}

function drawLikeliestFirst(likeliest: LikeliestFirst, target: number): CodebookIndex {
  let cumulated = 0;
  let token = likeliest.next();
  for (;;) {
    cumulated += likeliest.weights[token] ?? 0;
    if (cumulated > target || likeliest.isEmpty) return token;
    const next = likeliest.next();
    if ((likeliest.weights[next] ?? 0) === 0) return token;
    token = next;
  }
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
 * Hands out token indices, likeliest first, ties by index. A binary heap: a draw mostly needs a few tokens of a
 * vocabulary of thousands, so sorting them all would be waste.
 */
class LikeliestFirst {
  private readonly heap: Uint32Array;
  private size: number;

  constructor(readonly weights: Float64Array) {
    this.size = weights.length;
    this.heap = new Uint32Array(this.size);
    for (let i = 0; i < this.size; i++) this.heap[i] = i;
    for (let i = (this.size >> 1) - 1; i >= 0; i--) this.siftDown(i);
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** Must not be called when empty. */
  next(): CodebookIndex {
    const top = this.at(0);
    this.size--;
    this.heap[0] = this.at(this.size);
    this.siftDown(0);
    return top;
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
