import type { BenchmarkReport, BenchmarkResult } from '../../../sidecar/benchmark/benchmark-report';
import type { Spread } from '../../../sidecar/benchmark/spread';

/** A spread of width `noise`. */
export function around(median: number, noise = 0): Spread {
  return { median, low: median - noise / 2, high: median + noise / 2 };
}

/** Sample figures of a model on the CPU. */
export function sampleResult(changes: Partial<BenchmarkResult> = {}): BenchmarkResult {
  return {
    ...{ provider: 'cpu', device: 'Some CPU', precision: 'stored', threads: 2 },
    ...{ loadMs: around(100, 4), loadCpuMs: around(90), peakBytes: around(2e8) },
    ...{ bytesAStep: 1e8, copyBandwidth: around(1e10), imageMs: around(40) },
    ...{ readBandwidth: around(2e10), operationPeak: around(1.5e11) },
    steps: [
      { tokens: 1, ms: around(20, 1), timeOverFloor: around(4) },
      { tokens: 4, ms: around(25, 1), timeOverFloor: around(5) },
    ],
    cache: [{ length: 64, ms: around(20, 1) }],
    pictures: [
      {
        ...{ window: 4, steps: 16, ms: around(320), imagesAMinute: 166 },
        ...{ floorMs: around(200), timeOverFloor: around(1.6) },
        ...{ speedUpPerReduction: around(1), outsideShare: around(0.02) },
      },
      {
        ...{ window: 1, steps: 7, ms: around(280), imagesAMinute: 187 },
        ...{ floorMs: around(100), timeOverFloor: around(2.8) },
        ...{ speedUpPerReduction: around(0.5), outsideShare: around(0.08) },
      },
    ],
    ...changes,
  };
}

export function sampleReport(changes: Partial<BenchmarkReport> = {}): BenchmarkReport {
  return {
    ...{ format: 'zipar-bench', version: 1, measuredAt: '2026-11-23T12:00:00.000Z' },
    versions: { version: '0.1.0', onnxruntime: '1.30.0', node: '20.20.2' },
    machine: { platform: 'linux-x64', processor: 'Some CPU', threads: 2, memoryBytes: 8e9 },
    load: [0.5, 1.5],
    model: { name: 'some model', grid: [4, 4], weightBytes: 1e8, guidance: 4 },
    rounds: 5,
    results: [sampleResult()],
    ...changes,
  };
}
