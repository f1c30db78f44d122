import type { SamplingOptions } from './sampling-options';
import { keptTokens, sumOf, type KeptTokens } from './token-cut';
import { drawToken } from './token-draw';
import type { CodebookIndex } from './token-grid';

export { checkSamplingOptions, SamplingError, type SamplingOptions } from './sampling-options';
export { drawToken } from './token-draw';

/** A chosen token and how sure the model was. */
export interface Choice {
  readonly token: CodebookIndex;
  /** Probability of the token under the distribution of the pass that decided it (after temperature, top-k and top-p). */
  readonly probability: number;
  /** Entropy of that distribution, nats. */
  readonly entropy: number;
}

/** Probability of each token [vocab]; sums to 1 up to rounding. */
export type Distribution = Float64Array;

/**
 * Chooses a token in two parts: the distribution is cut (`token-cut.ts`), then a token is drawn from what is left
 * (`token-draw.ts`).
 *
 * @param logits [vocab], finite or -Infinity; not changed
 * @param uniform in [0, 1); not looked at when greedy
 * @throws SamplingError when the logits are no distribution
 */
export function chooseToken(logits: Float32Array, options: SamplingOptions, uniform: number): Choice {
  const kept = keptTokens(logits, options);
  return choiceOf(kept, options.greedy ? indexOfMax(logits) : drawToken(kept.weights, uniform));
}

/** Describes a choice like `chooseToken`, for a token that was chosen in another way. */
export function describeChoice(logits: Float32Array, options: SamplingOptions, token: CodebookIndex): Choice {
  const kept = keptTokens(logits, options);
  return { ...choiceOf(kept, kept.tokens ? kept.tokens.indexOf(token) : token), token };
}

/**
 * The distribution that tokens are drawn from, after temperature, top-k and top-p. When greedy, the likeliest token has all
 * of it.
 */
export function distributionOf(logits: Float32Array, options: SamplingOptions): Distribution {
  const distribution = new Float64Array(logits.length);
  if (options.greedy) {
    distribution[indexOfMax(logits)] = 1;
    return distribution;
  }
  const { tokens, weights } = keptTokens(logits, options);
  const total = sumOf(weights);
  for (let place = 0; place < weights.length; place++)
    distribution[tokens?.[place] ?? place] = (weights[place] ?? 0) / total;
  return distribution;
}

/** @param place place of the chosen token in the arrays of `kept`; -1 when it was cut off */
function choiceOf(kept: KeptTokens, place: number): Choice {
  const { tokens, weights } = kept;
  const total = sumOf(weights);
  const probability = (weights[place] ?? 0) / total;
  return { token: tokens?.[place] ?? place, probability, entropy: entropyOf(kept, total) };
}

function indexOfMax(logits: Float32Array): CodebookIndex {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[best] ?? 0)) best = i;
  return best;
}

/** Entropy: -sum p ln p with p = weight / total = ln(total) - sum(weight * ln(weight)) / total. */
function entropyOf({ weights, logWeights }: KeptTokens, total: number): number {
  let weighted = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight > 0) weighted += weight * (logWeights[i] ?? 0);
  }
  return Math.max(0, Math.log(total) - weighted / total);
}
