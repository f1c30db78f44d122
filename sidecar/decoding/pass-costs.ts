/** Newest times that are kept for one number of tokens. The median of few times ignores the outliers of a busy machine. */
const KEPT = 7;
/** What a further token costs, as a share of the first one's step, where nothing is measured yet. */
const FURTHER_TOKEN = 0.15;

/**
 * What a step of a model costs on this machine, by its number of tokens. It is learnt from the steps themselves, so that no
 * step is run only to be measured.
 */
export class PassCosts {
  private readonly times = new Map<number, number[]>();
  /** Numbers of tokens that were measured, rising, with the median time of each. */
  private curve: readonly (readonly [tokens: number, ms: number])[] = [];

  private spentMs = 0;
  private lostMs = 0;

  /** @param now a clock, ms */
  constructor(readonly now: () => number) {}

  record(tokens: number, ms: number): void {
    this.times.set(tokens, [...(this.times.get(tokens) ?? []).slice(1 - KEPT), ms]);
    this.curve = [...this.times]
      .map(([count, times]) => [count, median(times)] as const)
      .sort(([a], [b]) => a - b);
  }

  /** Adds up what steps took, and what others would have taken that decide the same cells. */
  account(ms: number, otherwiseMs: number): void {
    this.spentMs += ms;
    this.lostMs += ms - otherwiseMs;
  }

  /** The share of the accounted time that other steps would have saved; below 0 where the steps saved time. */
  get lostShare(): number {
    return this.spentMs === 0 ? 0 : this.lostMs / this.spentMs;
  }

  /**
   * The expected time of a step, ms. Between two measured numbers of tokens it lies on the line between them. Beyond the
   * largest it lies on the line through the last two.
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
