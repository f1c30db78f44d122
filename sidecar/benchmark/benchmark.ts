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
import { bytesAStep } from './bytes-a-step';
import type { MeasuringProcesses } from './measuring-process';
import type { RoundFigures, RoundRequest } from './round';
import { spreadOf } from './spread';
import { over, summarisePictures } from './summarise-rounds';

/** What is to be measured. */
export interface BenchmarkPlan {
  readonly model: ModelFolder;
  readonly executions: readonly ExecutionChoice[];
  readonly rounds: number;
  readonly request: Omit<RoundRequest, 'model' | 'execution'>;
}

/** A provider in the making of its figures. */
interface Contestant {
  readonly execution: ExecutionChoice;
  readonly rounds: RoundFigures[];
  /** Of its provider with as many threads, whatever the precision: shared by those that have them in common. */
  readonly bandwidths: number[];
}

/**
 * Measures a model on every provider in turn, round by round, so that what else the machine does falls on all alike.
 * @param onRound told how many of the rounds of all providers are done
 * @param onFailure told of a provider that failed, which is then left out; throw in it to end the benchmark
 * @throws EngineError, ModelError, WeightsError
 */
export async function runBenchmark(
  { model, executions, rounds, request }: BenchmarkPlan,
  processes: MeasuringProcesses,
  onRound: (done: number, of: number) => void,
  onFailure: (execution: ExecutionChoice, error: unknown) => void,
): Promise<BenchmarkReport> {
  const loadBefore = loadNow();
  const contestants = contestantsFor(executions);
  const failed = new Set<Contestant>();
  let done = 0;
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      if (!failed.has(contestant)) {
        const { options } = contestant.execution;
        try {
          if (contestant.bandwidths.length <= round)
            contestant.bandwidths.push(await processes.copyBandwidth(options));
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
      name: model.manifest.name,
      grid: model.manifest.grid,
      weightBytes: await weightBytes(model),
      guidance: request.guidance,
    },
    rounds,
    results: await Promise.all(measured.map((contestant) => summarise(model, request.guidance, contestant))),
  };
}

function contestantsFor(executions: readonly ExecutionChoice[]): Contestant[] {
  const bandwidths = new Map<string, number[]>();
  return executions.map((execution) => {
    const key = `${execution.options.provider} ${execution.options.threads}`;
    const shared = bandwidths.get(key) ?? [];
    bandwidths.set(key, shared);
    return { execution, rounds: [], bandwidths: shared };
  });
}

function thisMachine(): BenchmarkMachine {
  return {
    platform: `${process.platform}-${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

/** Of the last minute. */
function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

async function summarise(
  model: ModelFolder,
  guidance: number,
  { execution, rounds, bandwidths }: Contestant,
): Promise<BenchmarkResult> {
  const { options, described } = execution;
  const [first] = rounds;
  if (!first) throw new Error('Nothing was measured.');
  const imageMs = first.imageMs === null ? null : over(rounds, (round) => round.imageMs ?? undefined);
  return {
    provider: options.provider,
    device: described.device,
    precision: options.precision,
    threads: options.threads,
    loadMs: over(rounds, (round) => round.loadMs),
    loadCpuMs: over(rounds, (round) => round.loadCpuMs),
    peakBytes: over(rounds, (round) => round.peakBytes),
    bytesAStep: await bytesAStep(model, options, guidance),
    copyBandwidth: spreadOf(bandwidths),
    steps: first.stepMs.map(({ tokens }, i) => ({
      tokens,
      ms: over(rounds, (round) => round.stepMs[i]?.ms),
    })),
    cache: first.cacheMs.map(({ length }, i) => ({
      length,
      ms: over(rounds, (round) => round.cacheMs[i]?.ms),
    })),
    pictures: summarisePictures(rounds, imageMs?.median ?? 0),
    imageMs,
  };
}
