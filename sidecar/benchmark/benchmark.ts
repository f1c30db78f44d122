import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { buildVersions } from '../build-versions';
import type { ExecutionChoice } from '../engine/execution-choice';
import { weightBytes, type ModelFolder } from '../model/model-folder';
import {
  BENCHMARK_FORMAT,
  BENCHMARK_VERSION,
  type BenchmarkMachine,
  type BenchmarkReport,
  type BenchmarkResult,
} from './benchmark-report';
import { midPictureStep } from './bytes-a-step';
import type { MachineLimits } from './machine-limits';
import { PassCost } from './pass-cost';
import type { MeasuringProcesses } from './measuring-process';
import type { RoundFigures, RoundRequest } from './round';
import { spreadOf, type Spread } from './spread';
import { over, summarisePictures } from './summarise-rounds';

/** What the benchmark measures. */
export interface BenchmarkPlan {
  readonly model: ModelFolder;
  readonly executions: readonly ExecutionChoice[];
  readonly rounds: number;
  readonly request: Omit<RoundRequest, 'model' | 'execution'>;
}

/** A provider while its figures are measured. */
interface Contestant {
  readonly execution: ExecutionChoice;
  readonly rounds: RoundFigures[];
  /**
   * Copy bandwidths of this provider with this number of threads. Contestants that differ only in precision share this
   * array.
   */
  readonly bandwidths: number[];
  readonly cost: PassCost;
  /** One entry for each round. */
  readonly limits: MachineLimits[];
}

/**
 * Measures a model on every provider in turn, round by round. So other load on the machine affects all providers alike.
 * @param onRound called with the number of rounds done, over all providers
 * @param onFailure called for a provider that failed and is left out from then on; throw in it to end the benchmark
 * @throws EngineError, ModelError, WeightsError
 */
export async function runBenchmark(
  { model, executions, rounds, request }: BenchmarkPlan,
  processes: MeasuringProcesses,
  onRound: (done: number, of: number) => void,
  onFailure: (execution: ExecutionChoice, error: unknown) => void,
): Promise<BenchmarkReport> {
  const loadBefore = loadNow();
  const contestants = await contestantsFor(model, executions, request.guidance);
  const failed = new Set<Contestant>();
  let done = 0;
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      if (!failed.has(contestant)) {
        const { options } = contestant.execution;
        try {
          if (contestant.bandwidths.length <= round)
            contestant.bandwidths.push(await processes.copyBandwidth(options));
          const bytes = contestant.cost.bytes(midPictureStep(model, contestant.cost, 1));
          contestant.limits.push(await processes.limits(options, bytes));
          contestant.rounds.push(
            await processes.round({ ...request, model: model.path, execution: options }),
          );
        } catch (error) {
          onFailure(contestant.execution, error);
          failed.add(contestant);
        }
      }
      onRound(++done, rounds * contestants.length);
    }
  }
  const measured = contestants.filter((contestant) => !failed.has(contestant));
  return {
    format: BENCHMARK_FORMAT,
    version: BENCHMARK_VERSION,
    measuredAt: new Date().toISOString(),
    versions: buildVersions(),
    machine: thisMachine(),
    load: [loadBefore, loadNow()],
    model: {
      name: model.name,
      grid: model.grid,
      weightBytes: await weightBytes(model),
      guidance: request.guidance,
    },
    rounds,
    results: measured.map((contestant) => summarise(model, contestant)),
  };
}

function contestantsFor(
  model: ModelFolder,
  executions: readonly ExecutionChoice[],
  guidance: number,
): Promise<Contestant[]> {
  const bandwidths = new Map<string, number[]>();
  return Promise.all(
    executions.map(async (execution) => {
      const key = `${execution.options.provider} ${execution.options.threads}`;
      const shared = bandwidths.get(key) ?? [];
      bandwidths.set(key, shared);
      const cost = await PassCost.of(model, execution.options, guidance);
      return { execution, rounds: [], bandwidths: shared, cost, limits: [] };
    }),
  );
}

function thisMachine(): BenchmarkMachine {
  return {
    platform: `${process.platform}-${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

/** Load of the machine in the last minute. */
function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

function summarise(
  model: ModelFolder,
  { execution, rounds, bandwidths, cost, limits }: Contestant,
): BenchmarkResult {
  const { options, described } = execution;
  const [first] = rounds;
  if (!first) throw new Error('Nothing was measured.');
  const perRound = (figure: (round: RoundFigures, limits: MachineLimits) => number): Spread =>
    spreadOf(rounds.flatMap((round, i) => (limits[i] ? [figure(round, limits[i])] : [])));
  const imageMs = first.imageMs === null ? null : over(rounds, (round) => round.imageMs ?? undefined);
  return {
    provider: options.provider,
    device: described.device,
    precision: options.precision,
    threads: options.threads,
    loadMs: over(rounds, (round) => round.loadMs),
    loadCpuMs: over(rounds, (round) => round.loadCpuMs),
    peakBytes: over(rounds, (round) => round.peakBytes),
    bytesAStep: cost.bytes(midPictureStep(model, cost, 1)),
    copyBandwidth: spreadOf(bandwidths),
    readBandwidth: spreadOf(limits.map(({ readBandwidth }) => readBandwidth)),
    operationPeak: spreadOf(limits.map(({ operationPeak }) => operationPeak)),
    steps: first.stepMs.map(({ tokens }, i) => ({
      tokens,
      ms: over(rounds, (round) => round.stepMs[i]?.ms),
      timeOverFloor: perRound(
        (round, limit) =>
          (round.stepMs[i]?.ms ?? NaN) / cost.floorMs([midPictureStep(model, cost, tokens)], limit),
      ),
    })),
    cache: first.cacheMs.map(({ length }, i) => ({
      length,
      ms: over(rounds, (round) => round.cacheMs[i]?.ms),
    })),
    pictures: summarisePictures(rounds, imageMs?.median ?? 0).map((picture, i) => {
      const floorMs = (round: RoundFigures, limit: MachineLimits): number =>
        cost.floorMs(round.pictures[i]?.passes ?? [], limit);
      return {
        ...picture,
        floorMs: perRound(floorMs),
        timeOverFloor: perRound((round, limit) => (round.pictures[i]?.ms ?? NaN) / floorMs(round, limit)),
      };
    }),
    imageMs,
  };
}
