/**
 * The number of times that are kept for each number of tokens, the newest ones. Their median does not depend on the few long
 * times that a busy machine causes.
 */
const KEPT = 7;
/** The assumed cost of each further token in a step, before it is measured. A step with one token costs 1. */
const FURTHER_TOKEN = 0.15;

/**
 * The time of a step of a model on this machine, for each number of tokens in the step. It is learnt from the steps of runs. No
 * step is computed only to be measured.
 */
export class PassCosts {
  private readonly times = new Map<number, number[]>();
  /** The measured numbers of tokens in rising order, each with its median time. */
  private curve: readonly (readonly [tokens: number, ms: number])[] = [];

  private spentMs = 0;
  private lostMs = 0;

  /** @param now returns the time of a clock, in ms */
  constructor(readonly now: () => number) {}

  /** Records a measured step. */
  record(tokens: number, ms: number): void {
    this.times.set(tokens, [...(this.times.get(tokens) ?? []).slice(1 - KEPT), ms]);
    this.curve = [...this.times]
      .map(([count, times]) => [count, median(times)] as const)
      .sort(([a], [b]) => a - b);
  }

  /**
   * Adds a step to the sums of `lostShare`.
   * @param ms the time of the step
   * @param otherwiseMs the time of the other kind of steps, for the same number of decided cells
   */
  account(ms: number, otherwiseMs: number): void {
    this.spentMs += ms;
    this.lostMs += ms - otherwiseMs;
  }

  /** The share of the added time that was lost against the other kind of steps. It is below 0 if time was saved. */
  get lostShare(): number {
    return this.spentMs === 0 ? 0 : this.lostMs / this.spentMs;
  }

  /**
   * The expected time of a step, in ms. Between two measured numbers of tokens, it is on the straight line between their times.
   * For more tokens than measured, it is on the line through the last two. Before any measurement, it is a relative cost.
   */
  expectedMs(tokens: number): number {
    const [first] = this.curve;
    if (!first) return 1 + FURTHER_TOKEN * (tokens - 1);
    const above = this.curve.findIndex(([count]) => count >= tokens);
    const high = this.curve[above];
    if (high?.[0] === tokens || above === 0) return high?.[1] ?? NaN;
    const low = this.curve.at(above < 0 ? -1 : above - 1) ?? first;
    if (high) return low[1] + ((high[1] - low[1]) * (tokens - low[0])) / (high[0] - low[0]);
    return low[1] + (tokens - low[0]) * Math.max(this.lastSlope(), 0);
  }

  /** The expected time of a run, ms. @param steps that it takes. @param cells that it decides */
  expectedRunMs(steps: number, cells: number): number {
    return steps * this.expectedMs(cells / steps);
  }

  private lastSlope(): number {
    const [before, last] = this.curve.slice(-2);
    if (!before || !last) return (FURTHER_TOKEN * (before?.[1] ?? 0)) / (before?.[0] ?? 1);
    return (last[1] - before[1]) / (last[0] - before[0]);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
