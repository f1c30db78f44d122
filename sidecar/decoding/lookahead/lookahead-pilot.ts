import type { PassCosts } from '../pass-costs';
import type { LookaheadFronts, Reach } from './lookahead-fronts';

/** Chooses how far each step of a run looks. */
export interface ReachChooser {
  /** The reach of the next step. */
  next(fronts: LookaheadFronts): Reach;
  /** Learns what came of the step. @param decided cells that it decided */
  learn(step: {
    readonly reach: Reach;
    readonly plainCells: number;
    readonly tokens: number;
    readonly decided: number;
    readonly ms: number;
  }): void;
}

/** Steps that are remembered. Regions of a picture differ, so old ones say little. */
const REMEMBERED = 24;
/** Share of drafts that is expected before anything is known, and the number of steps that this counts for. */
const EXPECTED_CONFIRMED = 0.6;
const EXPECTED_STEPS = 4;
/** The lookahead with which a run tries what drafts are worth. */
const TRIAL = 4;
/** Steps with a lookahead that must be known before one is chosen. */
const TRIAL_STEPS = 3;
/** Share of the time of all steps that those with a lookahead may have lost. Beyond it, a step looks at no cell ahead. */
const MOST_LOSS = 0.015;
/** Steps between two choices. */
const CHOSEN_FOR = 4;
/** Steps without a lookahead after which drafts are tried again: another region of the picture may be easier. */
const TRIED_AGAIN_AFTER = 48;
/** A lookahead must promise to save this share of the time, since its promise is uncertain. */
const LEAST_GAIN = 0.03;

/**
 * Chooses the lookahead that decides a cell in the least expected time, also none. What steps with a lookahead lose stays
 * below a small share of the whole time. It knows the cost of steps on this machine from earlier steps, and the worth of drafts
 * from the newest steps of this picture.
 *
 * A row whose drafts are each confirmed with probability a decides 1 + a + a^2 + … of its L cells. Rows that wait for one
 * another decide fewer. So a is not the share of confirmed drafts, but the number that explains what the newest steps decided.
 */
export class LookaheadPilot implements ReachChooser {
  private readonly remembered: { readonly lookahead: number; readonly gain: number }[] = [];
  private lookahead = 1;
  private steps = 0;
  private sinceTrial = 0;

  constructor(
    private readonly costs: PassCosts,
    private readonly reachOf: (lookahead: number) => Reach,
    /** Lookaheads to choose from, rising, the first of them 1. */
    private readonly choices: readonly number[],
  ) {}

  next(fronts: LookaheadFronts): Reach {
    // The first step is the prompt's. The second and third tell what a step without a lookahead costs.
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
    // Medians, because a busy machine interrupts some steps.
    this.costs.account(this.costs.expectedMs(tokens), gain * this.costs.expectedMs(plainCells));
    this.sinceTrial = reach.cellsARow > 1 ? 0 : this.sinceTrial + 1;
    if (reach.cellsARow === 1) return;
    this.remembered.push({ lookahead: reach.cellsARow, gain });
    if (this.remembered.length > REMEMBERED) this.remembered.shift();
  }

  /** The lookahead with the least expected time for a cell. */
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

  /** The probability with which each draft must be confirmed to explain the gains that are remembered. */
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

/** Cells that a row decides with a lookahead, when each draft is confirmed with this probability. */
function gainOf(lookahead: number, confirmed: number): number {
  return confirmed === 1 ? lookahead : (1 - confirmed ** lookahead) / (1 - confirmed);
}
