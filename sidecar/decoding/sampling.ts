import type { SamplingOptions } from './sampling-options';
import type { TokenNoise } from './noise';
import { keptTokens, sumOf, TIE, type KeptTokens } from './token-cut';
import { drawPlace, valueInDraw } from './token-draw';
import type { CodebookIndex } from './token-grid';

export { checkSamplingOptions, SamplingError, type SamplingOptions } from './sampling-options';
export { TIE } from './token-cut';
export { drawToken } from './token-draw';

/** A chosen token and how sure the model was. */
export interface Choice {
  readonly token: CodebookIndex;
  /** Probability of the token under the distribution of the step that decided it (after temperature, top-k and top-p). */
  readonly probability: number;
  /** Entropy of that distribution, nats. */
  readonly entropy: number;
  /**
   * How clear the choice was, nats: a smaller shift of the logits leaves the token as it is. Infinity for a token that was
   * not drawn from these logits, or that had no competitor.
   */
  readonly margin: number;
}

/** Whether rounding could have changed a choice. */
export function isTie({ margin }: Pick<Choice, 'margin'>): boolean {
  return margin < TIE;
}

/** Probability of each token [vocab]; sums to 1 up to rounding. */
export type Distribution = Float64Array;

/**
 * Chooses a token in two parts: the distribution is cut (`token-cut.ts`), then a token is drawn from what is left
 * (`token-draw.ts`).
 *
 * @param logits [vocab], finite or -Infinity; not changed
 * @param noise of the cell's draw; not looked at when greedy
 * @throws SamplingError when the logits are no distribution
 */
export function chooseToken(logits: Float32Array, options: SamplingOptions, noise: TokenNoise): Choice {
  const kept = keptTokens(logits, options);
  if (options.greedy) {
    const token = indexOfMax(logits);
    return choiceOf(kept, token, leadOf(logits, token));
  }
  const { place, margin } = drawPlace(kept.weights, noise, kept.tokens);
  return choiceOf(
    kept,
    place,
    kept.nearEdge.length === 0 ? margin : marginAtEdge(kept, place, margin, noise),
  );
}

/** Chooses a token for each row of logits. @throws SamplingError when a row is no distribution */
export function chooseTokens(
  rows: readonly Float32Array[],
  { sampling, noise }: { readonly sampling: SamplingOptions; readonly noise: readonly TokenNoise[] },
): Choice[] {
  return rows.map((row, i) => {
    const ofCell = noise[i];
    if (!ofCell)
      throw new Error(`There is noise for ${noise.length} cells, but ${rows.length} rows of logits.`);
    return chooseToken(row, sampling, ofCell);
  });
}

/** Describes a choice like `chooseToken`, for a token that was chosen in another way. */
export function describeChoice(logits: Float32Array, options: SamplingOptions, token: CodebookIndex): Choice {
  const kept = keptTokens(logits, options);
  return { ...choiceOf(kept, kept.tokens ? kept.tokens.indexOf(token) : token, Infinity), token };
}

/**
 * The margin of a draw among tokens near the edge of a cut. Rounding may cut off the drawn token. Or it may keep a token
 * whose value in the draw is greater.
 */
function marginAtEdge(
  { tokens, logWeights, nearEdge }: KeptTokens,
  place: number,
  margin: number,
  noise: TokenNoise,
): number {
  const drawn = tokens?.[place] ?? place;
  const best = valueInDraw(logWeights[place] ?? 0, noise, drawn);
  let least = margin;
  for (const { token, isKept, logWeight, gap } of nearEdge) {
    if (isKept && token === drawn) least = Math.min(least, gap);
    if (!isKept) least = Math.min(least, Math.max(gap, best - valueInDraw(logWeight, noise, token)));
  }
  return least;
}

/** By how much the likeliest token's logit exceeds the next. */
function leadOf(logits: Float32Array, likeliest: CodebookIndex): number {
  let next = -Infinity;
  for (let i = 0; i < logits.length; i++)
    if (i !== likeliest && (logits[i] ?? 0) > next) next = logits[i] ?? 0;
  return (logits[likeliest] ?? 0) - next;
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
function choiceOf(kept: KeptTokens, place: number, margin: number): Choice {
  const { tokens, weights } = kept;
  const total = sumOf(weights);
  const probability = (weights[place] ?? 0) / total;
  return { token: tokens?.[place] ?? place, probability, entropy: entropyOf(kept, total), margin };
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
