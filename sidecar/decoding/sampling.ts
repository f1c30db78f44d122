import type { SamplingOptions } from './sampling-options';
import type { TokenNoise } from './noise';
import { keptTokens, sumOf, TIE, type KeptTokens } from './token-cut';
import { drawPlace, valueInDraw } from './token-draw';
import type { CodebookIndex } from './token-grid';

export {
  checkSamplingOptions,
  mostCandidates,
  SamplingError,
  type SamplingOptions,
} from './sampling-options';
export { TIE } from './token-cut';
export { drawToken } from './token-draw';

/** A chosen token, and how sure the model was. */
export interface Choice {
  readonly token: CodebookIndex;
  /** The probability of the token in the distribution of its step, after temperature, top-k and top-p. */
  readonly probability: number;
  /** The entropy of that distribution, in nats. */
  readonly entropy: number;
  /**
   * How clear the choice was, in nats. If the logits change by less, the same token is chosen. Infinity for a token that was
   * not drawn from these logits, and for a token without a competitor.
   */
  readonly margin: number;
}

/** Whether a choice is a tie: rounding could have changed it. */
export function isTie({ margin }: Pick<Choice, 'margin'>): boolean {
  return margin < TIE;
}

/** The probability of each token [vocab]. The sum is 1 up to rounding. */
export type Distribution = Float64Array;

/**
 * Chooses a token. First, top-k and top-p cut off unlikely tokens (`token-cut.ts`). Then a token is drawn from the other tokens
 * (`token-draw.ts`). When greedy, it chooses the likeliest token.
 *
 * @param logits [vocab], finite or -Infinity; not changed
 * @param noise the noise of the draw; not used when greedy
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

/** The choice of a token that was chosen in another way: its probability and entropy are those of `chooseToken`. */
export function describeChoice(logits: Float32Array, options: SamplingOptions, token: CodebookIndex): Choice {
  const kept = keptTokens(logits, options);
  return { ...choiceOf(kept, kept.tokens ? kept.tokens.indexOf(token) : token, Infinity), token };
}

/**
 * The margin of a draw if tokens are near the edge of a cut. Rounding may cut off the drawn token. Rounding may also keep a
 * token that is now cut off, and whose value in the draw is greater.
 * @param margin the margin without these tokens
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

/** The difference between the logit of the likeliest token and the next lower logit. */
function leadOf(logits: Float32Array, likeliest: CodebookIndex): number {
  let next = -Infinity;
  for (let i = 0; i < logits.length; i++)
    if (i !== likeliest && (logits[i] ?? 0) > next) next = logits[i] ?? 0;
  return (logits[likeliest] ?? 0) - next;
}

/**
 * The distribution from which tokens are drawn, after temperature, top-k and top-p. When greedy, the likeliest token has the
 * probability 1.
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

/** Makes a choice. @param place the index of the chosen token in the arrays of `kept`; -1 when the token was cut off */
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

/** The entropy -sum(p ln p), where p = weight / total. It is computed as ln(total) - sum(weight * ln(weight)) / total. */
function entropyOf({ weights, logWeights }: KeptTokens, total: number): number {
  let weighted = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] ?? 0;
    if (weight > 0) weighted += weight * (logWeights[i] ?? 0);
  }
  return Math.max(0, Math.log(total) - weighted / total);
}
