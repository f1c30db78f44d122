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
 * ZipAR's adaptive window (arXiv 2412.04062, section 3.3). A row's first token is drawn when the row above has a window of
 * tokens. This token is a *candidate*: it is not accepted yet. In the next step the row above has one more token, so the window
 * is wider. This step computes the distribution of the row's first cell again. Then the candidate is judged. It is rejected
 * with a higher probability if its own probability has fallen more. This is speculative sampling (Leviathan et al., ICML 2023).
 */

/** The result of judging a candidate. */
export interface Verdict {
  readonly accepted: boolean;
  /** The candidate if it is accepted, otherwise the token that was drawn in its place. */
  readonly token: CodebookIndex;
  /** The probability of the candidate in the earlier step, with the narrower window. */
  readonly narrower: number;
  /** The probability of the candidate in this step, with the wider window. */
  readonly wider: number;
}

/**
 * Judges a candidate x. It is accepted if `acceptance` < min(1, wider(x) / narrower(x)). Otherwise another token is drawn, with
 * weights max(0, wider - narrower).
 *
 * If x was drawn from `narrower`, the token of the verdict follows the distribution `wider`. An accepted token stays, but an
 * even wider window might have rejected it. So the first token of a row may not follow the distribution with a complete row
 * above. This is the approximation of the method, and the reason why it saves steps.
 *
 * @param candidate the candidate x; narrower(x) > 0
 * @param narrower the distribution in the step before
 * @param wider the distribution in this step
 * @param random two random values, independent of one another and of the candidate; `acceptance` is in [0, 1)
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
  /**
   * The candidate. If it is rejected, the token that was drawn in its place is judged in the next step. If the row above is
   * complete, that token is decided.
   */
  readonly token: CodebookIndex;
}

/** The outcome of a step for a row's first cell. */
export interface StartOutcome {
  /** The decision of the cell; undefined while the cell waits for a wider window. */
  readonly choice: Choice | undefined;
  /** Undefined in the step that draws the first candidate, and if the row needs no candidate. */
  readonly judgement: Judgement | undefined;
}

/** A candidate that waited in an earlier run. */
export interface WaitingStart {
  readonly token: CodebookIndex;
  /** How often the row's candidates were judged. */
  readonly judgements: number;
  /** The logits of the row's first cell in the newest step. */
  readonly logits: Float32Array;
}

interface Candidate {
  readonly token: CodebookIndex;
  /** The distribution in the newest step. The next step compares its own distribution with it. */
  readonly narrower: Distribution;
  /** The number of random numbers that this cell has used. */
  readonly draws: number;
}

/**
 * Decides the first cells of rows. Only one first cell waits at a time, because the next row cannot start before this row is a
 * window ahead.
 *
 * - When the row above is complete, the window cannot become wider. A cell without a candidate is then drawn as in raster
 *   order. (This happens with window W, and with a sequential first row.) A candidate is judged for the last time, and the
 *   resulting token is decided. If this is the only judgement, the token follows the distribution of raster order exactly.
 * - Row 0 has no row above. Its first cell is decided without a candidate, elsewhere.
 * - With greedy sampling, the likeliest token has the probability 1. A candidate is accepted if it is still the likeliest
 *   token. Otherwise the likeliest token takes its place.
 * - The first candidate uses draw 0, like raster order. Judgement j (from 1) uses draw 2j-1. If it rejects the candidate, the
 *   new token uses draw 2j.
 */
export class AdaptiveStart {
  private waiting: Candidate | undefined;

  constructor(
    private readonly sampling: SamplingOptions,
    private readonly seed: number,
    waiting?: WaitingStart,
  ) {
    this.waiting = waiting && {
      token: waiting.token,
      narrower: distributionOf(waiting.logits, sampling),
      draws: 1 + 2 * waiting.judgements,
    };
  }

  /**
   * Draws or judges the candidate of a row's first cell, in one step.
   * @param logits the logits of the cell, with the tokens that the row above has now
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
