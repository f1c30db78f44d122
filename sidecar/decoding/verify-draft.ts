import type { TokenNoise } from './noise';
import { drawToken, type Distribution } from './sampling';
import type { CodebookIndex } from './token-grid';

/** The result of verifying a draft. */
export interface VerifiedDraft {
  readonly isKept: boolean;
  /** The draft when it was kept, else the token drawn in its place. */
  readonly token: CodebookIndex;
}

/**
 * Verifies a draft by modified rejection sampling: keeps the draft x if `acceptance` < min(1, now(x) / before(x)), else draws
 * another token from max(0, now - before), normalised. If x was drawn from `before`, the resulting token follows `now`. The
 * draft is kept with the probability 1 - TV(before, now), which no other rule exceeds.
 * Source: Leviathan et al., "Fast inference from transformers via speculative decoding", ICML 2023.
 *
 * @param draft before(draft) > 0
 * @param random independent of one another and of the draft; `acceptance` in [0, 1)
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
  // The probability that x lost went to other tokens. If rounding removed even that, both distributions are the same: x
  // stays.
  if (!residual.some((weight) => weight > 0)) return kept;
  return { isKept: false, token: drawToken(residual, random.replacement) };
}

/** The distribution of a guess that was not drawn: the guess has all of the probability. @param codes number of tokens */
export function certain(guess: CodebookIndex, codes: number): Distribution {
  const distribution = new Float64Array(codes);
  distribution[guess] = 1;
  return distribution;
}
