import { ScheduleTimes } from './lookahead/schedule-times';
import { median } from './median';

/** The number of times that are kept for each number of tokens, the newest ones. */
const KEPT = 7;
/** The number of newest steps that say how busy the machine is now. */
const LEVEL_STEPS = 9;
/** The assumed cost of each further token in a step, before it is measured. A step with one token costs 1. */
const FURTHER_TOKEN = 0.15;

/**
 * The time of a step of a model on this machine, for each number of tokens in the step. It is learnt from the steps of runs. No
 * step is computed only to be measured.
 *
 * A time is kept as a *relative* time, divided by the `level`. The level says how slow all steps are now: a machine gets
 * busy, and later steps of a picture read more keys and values. So times that were measured at different moments can be
 * compared. Both are medians, which do not depend on the few long times that a busy machine causes.
 */
export class PassCosts {
  /** The newest relative times, by the number of tokens. */
  private readonly times = new Map<number, number[]>();
  /** The measured numbers of tokens in rising order, each with its median relative time. */
  private readonly curve: { readonly tokens: number; relative: number }[] = [];
  /** The newest times of steps over their relative times. */
  private levels: number[] = [];
  private level = 1;

  /** What is known of a lookahead, by schedule. */
  private readonly schedules = new Map<string, ScheduleTimes>();

  /** @param now returns the time of a clock, in ms */
  constructor(readonly now: () => number) {}

  /** Records a measured step. */
  record(tokens: number, ms: number): void {
    const times = [...(this.times.get(tokens) ?? []).slice(1 - KEPT), ms / this.level];
    this.times.set(tokens, times);
    const relative = median(times);
    const place = this.curve.findIndex((point) => point.tokens >= tokens);
    const point = this.curve[place];
    if (point?.tokens === tokens) point.relative = relative;
    else this.curve.splice(place < 0 ? this.curve.length : place, 0, { tokens, relative });
    this.levels = [...this.levels.slice(1 - LEVEL_STEPS), ms / relative];
    this.level = median(this.levels);
  }

  /** Whether the time of a step with this number of tokens is known well, because enough such steps were measured. */
  isKnown(tokens: number): boolean {
    return (this.times.get(tokens)?.length ?? 0) === KEPT;
  }

  /** What is known of a lookahead for one schedule. @param key its name */
  ofSchedule(key: string): ScheduleTimes {
    const times = this.schedules.get(key) ?? new ScheduleTimes();
    this.schedules.set(key, times);
    return times;
  }

  /**
   * The expected time of a step, in ms. Between two measured numbers of tokens, it is on the straight line between their times.
   * For more tokens than measured, it is on the line through the last two. Before any measurement, it is a relative cost.
   */
  expectedMs(tokens: number): number {
    return this.level * this.relativeTime(tokens);
  }

  /** The expected time of a run, ms. @param steps that it takes. @param cells that it decides */
  expectedRunMs(steps: number, cells: number): number {
    return steps * this.expectedMs(cells / steps);
  }

  private relativeTime(tokens: number): number {
    const [first] = this.curve;
    if (!first) return 1 + FURTHER_TOKEN * (tokens - 1);
    const above = this.curve.findIndex((point) => point.tokens >= tokens);
    const high = this.curve[above];
    if (high?.tokens === tokens || above === 0) return high?.relative ?? NaN;
    const low = this.curve.at(above < 0 ? -1 : above - 1) ?? first;
    const slope = high
      ? (high.relative - low.relative) / (high.tokens - low.tokens)
      : Math.max(this.lastSlope(), 0);
    return low.relative + (tokens - low.tokens) * slope;
  }

  private lastSlope(): number {
    const [before, last] = this.curve.slice(-2);
    if (!before || !last) return (FURTHER_TOKEN * (before?.relative ?? 0)) / (before?.tokens ?? 1);
    return (last.relative - before.relative) / (last.tokens - before.tokens);
  }
}
