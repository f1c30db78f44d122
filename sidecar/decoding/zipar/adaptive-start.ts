import { tokenNoise, uniformAt, type TokenNoise } from '../noise';
import {
  chooseToken,
  describeChoice,
  distributionOf,
  drawToken,
  type Choice,
  type Distribution,
  type SamplingOptions,
} from '../sampling';
import type { CodebookIndex, RasterPosition } from '../token-grid';
import { verifyDraft } from '../verify-draft';

/**
 * ZipAR's adaptive window (arXiv 2412.04062, section 3.3). A row's first token is drawn when the row above holds a window
 * of tokens. It is then a candidate, which is not accepted yet. When the row above has one token more, the distribution is
 * computed again. The candidate is judged by how much its probability fell. This is speculative sampling (Leviathan et al.,
 * ICML 2023), with the narrower window as the draft of the wider one.
 */

/** The result of judging a candidate. */
export interface Verdict {
  readonly accepted: boolean;
  /** The candidate when it was accepted, else the token drawn in its place. */
  readonly token: CodebookIndex;
  /** Probability of the candidate under the narrower window, and under the wider one. */
  readonly narrower: number;
  readonly wider: number;
}

/**
 * Accepts the candidate x if `acceptance` < min(1, wider(x) / narrower(x)), else draws another token from max(0, wider -
 * narrower), normalised.
 *
 * If x was drawn from `narrower`, the verdict's token follows `wider`. An accepted token stays, though a still wider window
 * might have rejected it. So after several judgements a row's start need not follow the distribution with the row above
 * complete. This is the approximation of the method, and the reason why it saves steps.
 *
 * @param candidate drawn from `narrower`, or from the residual that led to `narrower`: narrower(x) > 0
 * @param random independent of one another and of the candidate; `acceptance` in [0, 1)
 */
export function judge(
  candidate: CodebookIndex,
  narrower: Distribution,
  wider: Distribution,
  random: { readonly acceptance: number; readonly replacement: TokenNoise },
): Verdict {
  const { isKept, token } = verifyDraft(candidate, narrower, wider, random);
  return { accepted: isKept, token, narrower: narrower[candidate] ?? 0, wider: wider[candidate] ?? 0 };
}

/** The judgement of a candidate in a step. */
export interface Judgement extends Omit<Verdict, 'token'> {
  readonly position: RasterPosition;
  /** The candidate. A token drawn in its place is judged in the next step, or decided if the row above is complete. */
  readonly token: CodebookIndex;
}

/** The outcome of a step for a row's first cell. */
export interface StartOutcome {
  /** Undefined while the cell waits for a wider window. */
  readonly choice: Choice | undefined;
  /** Undefined in the step that drew the first candidate, and when the row needed no candidate. */
  readonly judgement: Judgement | undefined;
}

interface Candidate {
  readonly token: CodebookIndex;
  /** The distribution that the candidate will be judged against: the newest one before the judging step. */
  readonly narrower: Distribution;
  /** Numbers drawn for this cell so far. */
  readonly draws: number;
}

/**
 * Decides the first cells of rows. Only one first cell waits at a time, because the row below needs this row to be a window
 * ahead.
 *
 * - Once the row above is complete, no wider window can come. A cell that has no candidate by then (window W, a sequential
 *   first row) is drawn as in raster order. A candidate is judged a last time, and the resulting token is decided. So after
 *   a single judgement the token follows raster order's distribution exactly.
 * - Row 0 has no row above; its first cell is not a row start in this sense.
 * - Greedy decoding is the limit of temperature 0: all probability is on the likeliest token. A candidate is accepted when
 *   it is still the likeliest. Otherwise the likeliest token takes its place.
 * - Draw 0 of a cell is the draw that raster order makes. Judgement j (from 1) uses draw 2j-1, and draw 2j to replace the
 *   candidate.
 */
export class AdaptiveStart {
  private waiting: Candidate | undefined;

  constructor(
    private readonly sampling: SamplingOptions,
    private readonly seed: number,
  ) {}

  /**
   * @param logits logits of the cell, given the tokens that the row above holds now
   * @param aboveIsComplete whether the row above is complete
   */
  weigh(position: RasterPosition, logits: Float32Array, aboveIsComplete: boolean): StartOutcome {
    const { waiting } = this;
    const noise = (draw: number): TokenNoise => tokenNoise(this.seed, position, draw);
    if (!waiting && aboveIsComplete)
      return { choice: chooseToken(logits, this.sampling, noise(0)), judgement: undefined };
    const distribution = distributionOf(logits, this.sampling);
    if (!waiting) {
      this.waiting = { token: drawToken(distribution, noise(0)), narrower: distribution, draws: 1 };
      return { choice: undefined, judgement: undefined };
    }
    const { token, ...verdict } = judge(waiting.token, waiting.narrower, distribution, {
      acceptance: uniformAt(this.seed, position, waiting.draws),
      replacement: noise(waiting.draws + 1),
    });
    const isDecided = verdict.accepted || aboveIsComplete;
    this.waiting = isDecided ? undefined : { token, narrower: distribution, draws: waiting.draws + 2 };
    return {
      choice: isDecided ? describeChoice(logits, this.sampling, token) : undefined,
      judgement: { position, token: waiting.token, ...verdict },
    };
  }
}
