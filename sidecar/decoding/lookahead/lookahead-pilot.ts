import type { PassCosts } from '../pass-costs';
import type { LookaheadFronts, Reach } from './lookahead-fronts';

/** Chooses the number of cells that each step of a run evaluates. */
export interface ReachChooser {
  /** The reach of the next step. */
  next(fronts: LookaheadFronts): Reach;
  /**
   * Learns from the result of a step.
   * @param step `plainCells`: the cells that the plain decoder would evaluate. `tokens`: the cells that the step evaluated.
   *   `decided`: the cells that the step decided. `ms`: the time of the step
   */
  learn(step: {
    readonly reach: Reach;
    readonly plainCells: number;
    readonly tokens: number;
    readonly decided: number;
    readonly ms: number;
  }): void;
}

/** The number of steps that are remembered. The regions of a picture differ, so older steps say little about the next one. */
const REMEMBERED = 24;
/** The probability that a draft is confirmed, as assumed before any step is known. */
const EXPECTED_CONFIRMED = 0.6;
/** The assumption counts as much as this number of steps. */
const EXPECTED_STEPS = 4;
/** The lookahead of the steps that measure how many drafts are confirmed. */
const TRIAL = 4;
/** The number of such steps before a lookahead is chosen. */
const TRIAL_STEPS = 3;
/**
 * The largest share of the time of all steps that may have been lost by steps with a lookahead. While more is lost, steps have
 * no lookahead.
 */
const MOST_LOSS = 0.015;
/** The number of steps from one choice to the next. */
const CHOSEN_FOR = 4;
/** After this number of steps without a lookahead, drafts are measured again. Another region of the picture may be easier. */
const TRIED_AGAIN_AFTER = 48;
/** The least share of the time that a lookahead must save by the estimate. The estimate is uncertain. */
const LEAST_GAIN = 0.03;

/**
 * Chooses the lookahead that is expected to take the least time for each decided cell. It may also choose no lookahead. If
 * steps with a lookahead lose more than a small share of the time, it stops using them. It learns the time of steps from
 * earlier steps on this machine, and the use of drafts from the newest steps of this picture.
 *
 * The estimate has one parameter, the probability a with which a draft is confirmed. With a lookahead of L, a row then decides
 * 1 + a + a^2 + … (L terms) cells in a step. Rows that wait for other rows decide fewer cells. So a is not counted from the
 * confirmed drafts. It is chosen so that the formula gives the number of cells that the newest steps decided.
 */
export class LookaheadPilot implements ReachChooser {
  private readonly remembered: { readonly lookahead: number; readonly gain: number }[] = [];
  private lookahead = 1;
  private steps = 0;
  private sinceTrial = 0;

  constructor(
    private readonly costs: PassCosts,
    private readonly reachOf: (lookahead: number) => Reach,
    /** The lookaheads to choose from, in rising order. The first one is 1, which means none. */
    private readonly choices: readonly number[],
  ) {}

  next(fronts: LookaheadFronts): Reach {
    // The first step computes the prompt. The second and third steps measure the time of a step without a lookahead.
    if (this.steps >= 3) {
      const isTrial = this.remembered.length < TRIAL_STEPS || this.sinceTrial >= TRIED_AGAIN_AFTER;
      if (isTrial) this.lookahead = Math.min(TRIAL, this.choices.at(-1) ?? 1);
      else if (this.lookahead === TRIAL || this.steps % CHOSEN_FOR === 0) this.lookahead = this.best(fronts);
    }
    return this.reachOf(this.costs.lostShare > MOST_LOSS ? 1 : this.lookahead);
  }

  learn({ reach, plainCells, tokens, decided, ms }: Parameters<ReachChooser['learn']>[0]): void {
    this.steps++;
    if (this.steps === 1) return;
    this.costs.record(tokens, ms);
    const gain = decided / plainCells;
    // `expectedMs` gives medians. A single measured time may be too long, because a busy machine interrupts some steps.
    this.costs.account(this.costs.expectedMs(tokens), gain * this.costs.expectedMs(plainCells));
    this.sinceTrial = reach.cellsARow > 1 ? 0 : this.sinceTrial + 1;
    if (reach.cellsARow === 1) return;
    this.remembered.push({ lookahead: reach.cellsARow, gain });
    if (this.remembered.length > REMEMBERED) this.remembered.shift();
  }

  /** The lookahead with the least expected time for each decided cell. */
  private best(fronts: LookaheadFronts): number {
    const confirmed = this.confirmedShare();
    const msACell = (lookahead: number): number => {
      const tokens = fronts.ranges(this.reachOf(lookahead)).reduce((sum, { from, to }) => sum + to - from, 0);
      return this.costs.expectedMs(tokens) / gainOf(lookahead, confirmed);
    };
    let best = 1;
    let least = (1 - LEAST_GAIN) * msACell(1);
    for (const lookahead of this.choices.slice(1)) {
      const ms = msACell(lookahead);
      if (ms >= least) continue;
      best = lookahead;
      least = ms;
    }
    return best;
  }

  /** The probability a for which the formula gives the remembered gains, found by halving an interval. */
  private confirmedShare(): number {
    const expected = { lookahead: TRIAL, gain: gainOf(TRIAL, EXPECTED_CONFIRMED) };
    const known = [...this.remembered, ...Array.from({ length: EXPECTED_STEPS }, () => expected)];
    const gained = known.reduce((sum, { gain }) => sum + gain, 0);
    let [low, high] = [0, 1];
    for (let halving = 0; halving < 12; halving++) {
      const middle = (low + high) / 2;
      const explained = known.reduce((sum, { lookahead }) => sum + gainOf(lookahead, middle), 0);
      if (explained < gained) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** The expected number of cells that a row decides in a step. @param confirmed the probability that a draft is confirmed */
function gainOf(lookahead: number, confirmed: number): number {
  return confirmed === 1 ? lookahead : (1 - confirmed ** lookahead) / (1 - confirmed);
}
