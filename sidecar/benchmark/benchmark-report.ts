import type { WeightPrecision } from '../protocol';
import type { Spread } from './spread';

/** Format of the file that `zipar bench --out` writes and `--against` reads. */
export const BENCHMARK_FORMAT = 'zipar-bench';
export const BENCHMARK_VERSION = 1;

/** The machine of the measurement. Figures of different machines are not compared. */
export interface BenchmarkMachine {
  /** Operating system and processor type, such as "linux-x64". */
  readonly platform: string;
  readonly processor: string;
  readonly threads: number;
  readonly memoryBytes: number;
}

/** The measured model. Figures of different models are not compared. */
export interface BenchmarkedModel {
  readonly name: string;
  /** Rows and columns of tokens. */
  readonly grid: readonly [number, number];
  /** Bytes of all weight files. */
  readonly weightBytes: number;
  /** Guidance scale. 1 = none: a step then computes half as much. */
  readonly guidance: number;
}

export interface BenchmarkReport {
  readonly format: typeof BENCHMARK_FORMAT;
  readonly version: typeof BENCHMARK_VERSION;
  /** Date and time in ISO 8601. */
  readonly measuredAt: string;
  readonly versions: { readonly version: string; readonly onnxruntime: string; readonly node: string };
  readonly machine: BenchmarkMachine;
  /**
   * Number of processes that wanted to compute, before and after. Above the number of threads, the machine was shared. 0
   * when the system does not count them.
   */
  readonly load: readonly [number, number];
  readonly model: BenchmarkedModel;
  /** Number of processes in which each figure was measured. Spreads are over these processes. */
  readonly rounds: number;
  readonly results: readonly BenchmarkResult[];
}

/** The figures of a model on a provider. Times are in ms. */
export interface BenchmarkResult {
  readonly provider: string;
  /** Name of the device; null when it is not known. */
  readonly device: string | null;
  readonly precision: WeightPrecision;
  /** Threads of the CPU provider. */
  readonly threads: number;
  readonly loadMs: Spread;
  readonly loadCpuMs: Spread;
  readonly peakBytes: Spread;
  /** Bytes that a step in the middle of a picture must read. */
  readonly bytesAStep: number;
  /** Bytes read and written a second. */
  readonly copyBandwidth: Spread;
  /** Bytes read a second from a tensor of the size that a step reads. */
  readonly readBandwidth: Spread;
  /** Multiplications and additions a second, each counted as one, in a large product of matrices. */
  readonly operationPeak: Spread;
  readonly steps: readonly StepFigures[];
  readonly cache: readonly CacheFigures[];
  readonly pictures: readonly PictureFigures[];
  readonly imageMs: Spread | null;
}

export interface StepFigures {
  /** Number of tokens in the step. */
  readonly tokens: number;
  readonly ms: Spread;
  /** `ms` divided by the floor of the same round. */
  readonly timeOverFloor: Spread;
}

export interface CacheFigures {
  /** Number of tokens of the picture that had keys and values. */
  readonly length: number;
  /** Time of a step of one token. */
  readonly ms: Spread;
}

export interface PictureFigures {
  readonly window: number;
  /** Cells of a row that a step evaluates; absent without a lookahead. */
  readonly lookahead?: number;
  readonly steps: number;
  /** Time of all its steps. */
  readonly ms: Spread;
  /** Pictures a minute. It includes the drawing of the picture if the model draws. */
  readonly imagesAMinute: number;
  /** Speed-up over raster order in the same round, divided by the reduction of steps. 1 for raster order itself. */
  readonly speedUpPerReduction: Spread;
  /** Least time of its passes: each must read its bytes and compute, at the speeds measured in the same round. */
  readonly floorMs: Spread;
  readonly timeOverFloor: Spread;
  /** Share of `ms` that was spent outside ONNX Runtime. */
  readonly outsideShare: Spread;
}

/** Name of a configuration, such as "cpu, weights int8, 2 threads". It is unique in a report. */
export function configurationName({
  provider,
  precision,
  threads,
}: Pick<BenchmarkResult, 'provider' | 'precision' | 'threads'>): string {
  const threaded = provider === 'cpu' ? `, ${threads} thread${threads === 1 ? '' : 's'}` : '';
  return `${provider}, ${precision}${threaded}`;
}
