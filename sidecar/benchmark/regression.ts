import {
  configurationName,
  type BenchmarkMachine,
  type BenchmarkReport,
  type BenchmarkResult,
} from './benchmark-report';
import type { Spread } from './spread';

/** The parts of an earlier report that a comparison needs. */
export type EarlierBenchmark = Pick<
  BenchmarkReport,
  'measuredAt' | 'versions' | 'machine' | 'model' | 'rounds'
> & {
  readonly results: readonly ComparedResult[];
};

export type ComparedResult = Pick<
  BenchmarkResult,
  | 'provider'
  | 'device'
  | 'precision'
  | 'threads'
  | 'loadMs'
  | 'peakBytes'
  | 'copyBandwidth'
  | 'cache'
  | 'imageMs'
> & {
  readonly steps: readonly Pick<BenchmarkResult['steps'][number], 'tokens' | 'ms'>[];
  readonly pictures: readonly Pick<
    BenchmarkResult['pictures'][number],
    'window' | 'lookahead' | 'steps' | 'ms'
  >[];
};

/** A figure that became worse than noise can explain. */
export interface Regression {
  /** Name of the configuration, such as "cpu, int8, 2 threads". */
  readonly configuration: string;
  /** Name of the figure, such as "step of 4 tokens". */
  readonly figure: string;
  readonly before: Spread;
  readonly now: Spread;
}

export interface Comparison {
  readonly regressions: readonly Regression[];
  /** Number of figures that both reports have. */
  readonly compared: number;
  /**
   * For each configuration of both reports: the speed of copies now, divided by their speed then. It shows changes of the
   * machine itself.
   */
  readonly copySpeed: readonly { readonly configuration: string; readonly ratio: number }[];
}

/** Tolerated difference of medians. A median that is worse by this much may still be chance. */
const TOLERATED = 0.1;
/** Least number of rounds. Fewer rounds say nothing about the noise. */
const LEAST_ROUNDS = 3;

/**
 * Whether a figure became worse beyond noise. The medians must differ by more than a tenth, and by more than both
 * interquartile ranges together. For every compared figure, less is better.
 */
export function isRegression(before: Spread, now: Spread): boolean {
  const worse = now.median - before.median;
  const noise = before.high - before.low + (now.high - now.low);
  return worse > TOLERATED * before.median && worse > noise;
}

/** The reason why two reports cannot be compared, in one sentence; undefined when they can. */
export function whyIncomparable(before: EarlierBenchmark, now: EarlierBenchmark): string | undefined {
  if (!isSameMachine(before.machine, now.machine)) {
    return `it is of another machine (${describeMachine(before.machine)}; this is ${describeMachine(now.machine)}).`;
  }
  if (!isSameModel(before, now)) return `it is of another model (${before.model.name}).`;
  if (Math.min(before.rounds, now.rounds) < LEAST_ROUNDS)
    return `fewer than ${LEAST_ROUNDS} rounds say nothing of the noise.`;
  return undefined;
}

/** Compares two reports. @param before a report that is comparable with `now` */
export function compareBenchmarks(before: EarlierBenchmark, now: EarlierBenchmark): Comparison {
  const regressions: Regression[] = [];
  const copySpeed: Comparison['copySpeed'][number][] = [];
  let compared = 0;
  for (const result of now.results) {
    const configuration = configurationName(result);
    const earlier = before.results.find(
      (other) => configurationName(other) === configuration && other.device === result.device,
    );
    if (!earlier) continue;
    copySpeed.push({
      configuration,
      ratio: result.copyBandwidth.median / earlier.copyBandwidth.median,
    });
    const old = figuresOf(earlier);
    for (const [figure, spread] of figuresOf(result)) {
      const oldSpread = old.get(figure);
      if (!oldSpread) continue;
      compared++;
      if (isRegression(oldSpread, spread))
        regressions.push({ configuration, figure, before: oldSpread, now: spread });
    }
  }
  return { regressions, compared, copySpeed };
}

/** All figures that are compared, by name. */
function figuresOf(result: ComparedResult): Map<string, Spread> {
  return new Map([
    ['load time in ms', result.loadMs],
    ['peak memory in bytes', result.peakBytes],
    ...result.steps.map(
      ({ tokens, ms }) => [`step of ${tokens} token${tokens === 1 ? '' : 's'} in ms`, ms] as const,
    ),
    ...result.cache.map(({ length, ms }) => [`step after ${length} tokens in ms`, ms] as const),
    // A schedule with other steps counts as another figure.
    ...result.pictures.map(
      ({ window, lookahead, steps, ms }) =>
        [
          `picture at window ${window}${lookahead === undefined ? '' : `, lookahead ${lookahead}`} in ${steps} steps, ms`,
          ms,
        ] as const,
    ),
    ...(result.imageMs ? [['drawing the picture in ms', result.imageMs] as const] : []),
  ]);
}

/**
 * Whether both reports come from the same machine. Memory is not compared, because its size may be counted differently
 * after each start.
 */
function isSameMachine(a: BenchmarkMachine, b: BenchmarkMachine): boolean {
  return a.platform === b.platform && a.processor === b.processor && a.threads === b.threads;
}

function isSameModel({ model: a }: EarlierBenchmark, { model: b }: EarlierBenchmark): boolean {
  return (
    a.name === b.name &&
    a.weightBytes === b.weightBytes &&
    a.guidance === b.guidance &&
    a.grid[0] === b.grid[0] &&
    a.grid[1] === b.grid[1]
  );
}

function describeMachine({ platform, processor, threads }: BenchmarkMachine): string {
  return `${processor}, ${threads} threads, ${platform}`;
}
