import type { PassCosts } from '../pass-costs';
import type { LookaheadFronts, Reach } from './lookahead-fronts';
import type { ScheduleTimes } from './schedule-times';

/** Chooses the number of cells that each step of a run evaluates. */
export interface ReachChooser {
  /** The reach of the next step. */
  next(fronts: LookaheadFronts): Reach;
  /** Learns from the result of a step. */
  learn(step: MeasuredStep): void;
}

/** What a step with a lookahead took, and what it was worth. */
export interface MeasuredStep {
  readonly reach: Reach;
  /** The number of cells that the step evaluated. */
  readonly tokens: number;
  /** The number of cells that the plain decoder would have evaluated. */
  readonly plainCells: number;
  /** The number of steps of the plain decoder that the step saved, itself included; 0 or more. */
  readonly plainSteps: number;
  readonly ms: number;
}

/** The number of steps that are remembered. The regions of a picture differ, so older steps say little about the next one. */
const REMEMBERED = 24;
/** The probability that a draft is confirmed, as assumed before any picture of this model is known. */
const EXPECTED_CONFIRMED = 0.6;
/** The assumption, or the earlier picture, counts as much as this number of steps. */
const EXPECTED_STEPS = 6;
/** A higher probability is not expected of any model. Without a gain at this probability, no step tries a lookahead. */
const BEST_CONFIRMED = 0.85;
/** The first steps of a run are not measured: memory is planned in them. */
const WARM_UP = 6;
/** The lookahead of the steps that measure how many drafts are confirmed. */
const TRIAL = 4;
/** The number of such steps before a lookahead is chosen. */
const TRIAL_STEPS = 3;
/**
 * The largest share of the time of all steps that may have been lost by steps with a lookahead. While more is lost, steps have
 * no lookahead.
 */
const MOST_LOSS = 0.01;
/** The number of steps from one choice to the next. */
const CHOSEN_FOR = 8;
/** After this number of steps without a lookahead, drafts are measured again. Another region of the picture may be easier. */
const TRIED_AGAIN_AFTER = 64;
/** One step in this number has no lookahead. It measures the time of such a step in this part of the picture. */
const PLAIN_EVERY = 24;
/** The least share of the time that a lookahead must save by the estimate. The estimate is uncertain. */
const LEAST_GAIN = 0.06;

/**
 * Chooses the lookahead that is expected to take the least time for each step of the plain decoder. It may also choose no
 * lookahead. If steps with a lookahead lose more than a small share of the time, it stops using them. It learns the time of
 * steps from earlier steps on this machine, and the use of drafts from the newest steps of this picture.
 *
 * The estimate has one parameter, the probability a with which a draft is confirmed. With a lookahead of L, a step then replaces
 * 1 + a + a^2 + … (L terms) steps of the plain decoder. Rows that wait for other rows replace fewer. So a is not counted from
 * the confirmed drafts. It is chosen so that the formula gives the number of steps that the newest steps replaced.
 */
export class LookaheadPilot implements ReachChooser {
  private readonly remembered: { readonly lookahead: number; readonly gain: number }[] = [];
  private readonly expectedConfirmed: number;
  private lookahead = 1;
  private steps = 0;
  private sinceTrial = 0;
  private leftToChoose = 0;
  private plainCells = 1;

  constructor(
    private readonly costs: PassCosts,
    private readonly times: ScheduleTimes,
    private readonly reachOf: (lookahead: number) => Reach,
    /** The lookaheads to choose from, in rising order. The first one is 1, which means none. */
    private readonly choices: readonly number[],
  ) {
    this.expectedConfirmed = times.confirmedShare ?? EXPECTED_CONFIRMED;
  }

  next(fronts: LookaheadFronts): Reach {
    return this.reachOf(this.choose(fronts));
  }

  learn({ reach, tokens, plainCells, plainSteps, ms }: MeasuredStep): void {
    this.steps++;
    this.plainCells = plainCells;
    if (this.steps <= WARM_UP) return;
    this.costs.record(tokens, ms);
    const isPlain = reach.cellsARow === 1;
    this.sinceTrial = isPlain ? this.sinceTrial + 1 : 0;
    // `expectedMs` gives medians. A single measured time may be too long, because a busy machine interrupts some steps.
    const spentMs = this.costs.expectedMs(tokens);
    this.times.account(spentMs, isPlain ? spentMs : plainSteps * this.costs.expectedMs(plainCells));
    if (isPlain) return;
    this.remembered.push({ lookahead: reach.cellsARow, gain: plainSteps });
    if (this.remembered.length > REMEMBERED) this.remembered.shift();
  }

  private choose(fronts: LookaheadFronts): number {
    if (this.steps < WARM_UP || !this.costs.isKnown(this.plainCells)) return 1;
    if (this.times.lostShare > MOST_LOSS) return (this.lookahead = 1);
    if (this.steps % PLAIN_EVERY === 0) return 1;
    if (this.leftToChoose-- > 0) return this.lookahead;
    this.leftToChoose = CHOSEN_FOR - 1;
    const confirmed = this.confirmedShare();
    this.times.confirmedShare = confirmed;
    const isTrial = this.remembered.length < TRIAL_STEPS || this.sinceTrial >= TRIED_AGAIN_AFTER;
    if (!isTrial) return (this.lookahead = this.best(fronts, confirmed));
    if (this.best(fronts, Math.max(confirmed, BEST_CONFIRMED)) === 1) return (this.lookahead = 1);
    this.leftToChoose = TRIAL_STEPS - 1;
    return (this.lookahead = Math.min(TRIAL, this.choices.at(-1) ?? 1));
  }

  /** The lookahead with the least expected time. @param confirmed the probability that a draft is confirmed */
  private best(fronts: LookaheadFronts, confirmed: number): number {
    const msAPlainStep = (lookahead: number): number => {
      const tokens = fronts.ranges(this.reachOf(lookahead)).reduce((sum, { from, to }) => sum + to - from, 0);
      return this.costs.expectedMs(tokens) / gainOf(lookahead, confirmed);
    };
    let best = 1;
    let least = (1 - LEAST_GAIN) * msAPlainStep(1);
    for (const lookahead of this.choices.slice(1)) {
      const ms = msAPlainStep(lookahead);
      if (ms >= least) continue;
      best = lookahead;
      least = ms;
    }
    return best;
  }

  /** The probability a for which the formula gives the remembered gains, found by halving an interval. */
  private confirmedShare(): number {
    const expected = { lookahead: TRIAL, gain: gainOf(TRIAL, this.expectedConfirmed) };
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

/** The expected number of steps of the plain decoder that a step replaces. @param confirmed the probability that a draft is confirmed */
function gainOf(lookahead: number, confirmed: number): number {
  return confirmed === 1 ? lookahead : (1 - confirmed ** lookahead) / (1 - confirmed);
}
