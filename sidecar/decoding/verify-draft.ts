import type { TokenNoise } from './noise';
import { drawToken, type Distribution } from './sampling';
import type { CodebookIndex } from './token-grid';

/** The result of trying a draft. */
export interface VerifiedDraft {
  /** Whether the draft is confirmed. */
  readonly isKept: boolean;
  /** The draft if it is confirmed, otherwise the token that was drawn in its place. */
  readonly token: CodebookIndex;
}

/**
 * Tries a draft by modified rejection sampling. The draft x is confirmed if `acceptance` < min(1, now(x) / before(x)).
 * Otherwise another token is drawn, with weights max(0, now - before). If x was drawn from `before`, then the resulting token
 * follows the distribution `now`. The draft is confirmed with the probability 1 - TV, where TV is the total variation distance
 * between
 * `before` and `now`. No other rule has a higher probability.
 * Source: Leviathan et al., "Fast inference from transformers via speculative decoding", ICML 2023.
 *
 * @param draft the draft x; before(x) > 0
 * @param before the distribution that the draft was drawn from
 * @param now the distribution that the step computed
 * @param random two random values, independent of one another and of the draft; `acceptance` is in [0, 1)
 */
export function verifyDraft(
  draft: CodebookIndex,
  before: Distribution,
  now: Distribution,
  random: { readonly acceptance: number; readonly replacement: TokenNoise },
): VerifiedDraft {
  const kept: VerifiedDraft = { isKept: true, token: draft };
  if (random.acceptance < Math.min(1, (now[draft] ?? 0) / (before[draft] ?? 0))) return kept;
  const residual = now.map((probability, token) => Math.max(0, probability - (before[token] ?? 0)));
  // If x has become less likely, some other tokens have become likelier. If rounding hides their gain, the two distributions
  // are equal up to rounding, and x is confirmed.
  if (!residual.some((weight) => weight > 0)) return kept;
  return { isKept: false, token: drawToken(residual, random.replacement) };
}

/** The distribution of a guess that was not drawn: the guess has the probability 1. @param codes the number of tokens */
export function certain(guess: CodebookIndex, codes: number): Distribution {
  const distribution = new Float64Array(codes);
  distribution[guess] = 1;
  return distribution;
}
