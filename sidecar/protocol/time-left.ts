/** Time of a run above which the user is told of it before, ms. */
export const LONG_RUN_MS = 60_000;

/** The least remaining time that is said, ms. Below it, the number of steps is enough. */
export const LEAST_LEFT_MS = 5000;

/** Steps whose times tell what the next ones take. */
const NEWEST = 32;
/** Steps that are needed to tell anything. The first one opens what later ones find open. */
const LEAST = 3;
/** Time that the steps after the first must have taken, ms. Quick steps differ too much while the machine does other work. */
const LEAST_MS = 1000;

/** How far a run is. */
export interface RunPace {
  /** Wall time of each step, ms. */
  readonly stepMs: ArrayLike<number>;
  /** Least number of steps of the whole run, as known now. */
  readonly leastSteps: number;
  /** Steps of an earlier run, after which this one goes on; none when absent. */
  readonly earlierSteps?: number;
}

/** The time that a run's steps still take, ms, by the times of the newest ones; undefined while too few are known. */
export function timeLeftMs({ stepMs, leastSteps, earlierSteps = 0 }: RunPace): number | undefined {
  const stepsLeft = leastSteps - stepMs.length;
  if (stepsLeft <= 0) return 0;
  const own = Array.from(stepMs).slice(earlierSteps);
  const paced = own.slice(1);
  if (own.length < LEAST || total(paced) < LEAST_MS) return undefined;
  const newest = paced.slice(-NEWEST);
  return stepsLeft * (total(newest) / newest.length);
}

function total(times: readonly number[]): number {
  return times.reduce((sum, ms) => sum + ms, 0);
}

/** A time that is rounded as people say it. */
export interface RoundedTime {
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/** Rounds a time: to seconds below a minute, to minutes below three hours, to half hours above. */
export function roundedTime(ms: number): RoundedTime {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return { hours: 0, minutes: 0, seconds };
  const minutes = Math.round(seconds / 60);
  const kept = minutes < 180 ? minutes : Math.round(minutes / 30) * 30;
  return { hours: Math.floor(kept / 60), minutes: kept % 60, seconds: 0 };
}
