import type { WeightPrecision } from '../protocol';
import type { Spread } from './spread';

/** What `zipar bench --out` writes and `--against` reads. */
export const BENCHMARK_FORMAT = 'zipar-bench';
export const BENCHMARK_VERSION = 1;

/** Where it was measured: figures of different machines are not compared. */
export interface BenchmarkMachine {
  /** Such as "linux-x64". */
  readonly platform: string;
  readonly processor: string;
  readonly threads: number;
  readonly memoryBytes: number;
}

/** What was measured: figures of different models are not compared. */
export interface BenchmarkedModel {
  readonly name: string;
  /** Rows, columns of tokens. */
  readonly grid: readonly [number, number];
  /** Of all weight files. */
  readonly weightBytes: number;
  /** 1 = none: then a step computes half as much. */
  readonly guidance: number;
}

export interface BenchmarkReport {
  readonly format: typeof BENCHMARK_FORMAT;
  readonly version: typeof BENCHMARK_VERSION;
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly versions: { readonly version: string; readonly onnxruntime: string; readonly node: string };
  readonly machine: BenchmarkMachine;
  /** Processes that wanted to compute, before and after: above the number of threads the machine was shared. 0 where the system does not count. */
  readonly load: readonly [number, number];
  readonly model: BenchmarkedModel;
  /** Processes that each figure was measured in; spreads are over them. */
  readonly rounds: number;
  readonly results: readonly BenchmarkResult[];
}

/** A model on a provider. Times in ms. */
export interface BenchmarkResult {
  readonly provider: string;
  /** As far as it is known. */
  readonly device: string | null;
  readonly precision: WeightPrecision;
  /** Of the CPU provider. */
  readonly threads: number;
  readonly loadMs: Spread;
  readonly loadCpuMs: Spread;
  readonly peakBytes: Spread;
  /** That a step in the middle of a picture has to read. */
  readonly bytesAStep: number;
  /** Bytes read and written a second. */
  readonly copyBandwidth: Spread;
  /** Bytes read a second from a tensor that is as large as what a step reads. */
  readonly readBandwidth: Spread;
  /** Multiplications and additions a second, counted singly, in a large product of matrices. */
  readonly operationPeak: Spread;
  readonly steps: readonly StepFigures[];
  readonly cache: readonly CacheFigures[];
  readonly pictures: readonly PictureFigures[];
  readonly imageMs: Spread | null;
}

export interface StepFigures {
  /** In the step. */
  readonly tokens: number;
  readonly ms: Spread;
  /** How many times the floor of the same round that is. */
  readonly timeOverFloor: Spread;
}

export interface CacheFigures {
  /** Tokens of the picture that keys and values were there of. */
  readonly length: number;
  /** Of a step of one token. */
  readonly ms: Spread;
}

export interface PictureFigures {
  readonly window: number;
  readonly steps: number;
  /** Of all its steps. */
  readonly ms: Spread;
  /** With the drawing of the picture, where the model draws. */
  readonly imagesAMinute: number;
  /** How many times faster than raster order in the same round, divided by how many times fewer steps; 1 of raster order itself. */
  readonly speedUpPerReduction: Spread;
  /** Time that its passes take at the least: each has to read its bytes and to compute, at the speeds measured in the same round. */
  readonly floorMs: Spread;
  readonly timeOverFloor: Spread;
  /** Share of `ms` that was not spent inside ONNX Runtime. */
  readonly outsideShare: Spread;
}

/** Such as "cpu, weights int8, 2 threads": unique in a report. */
export function configurationName({
  provider,
  precision,
  threads,
}: Pick<BenchmarkResult, 'provider' | 'precision' | 'threads'>): string {
  const threaded = provider === 'cpu' ? `, ${threads} thread${threads === 1 ? '' : 's'}` : '';
  return `${provider}, ${precision}${threaded}`;
}
