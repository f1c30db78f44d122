import type { RunRecord } from '../../../sidecar/trace-file/run-record';

/** What a test says of a run: rows of tokens, the step of each cell, and the drawn tokens' probabilities. */
interface SmallRun {
  readonly tokens: readonly (readonly number[])[];
  readonly steps: readonly (readonly number[])[];
  readonly probabilities?: readonly number[];
}

/** A record of a small run; -1 marks an undecided cell. */
export function recordOf({ tokens, steps, probabilities }: SmallRun): RunRecord {
  const [height, width] = [tokens.length, tokens[0]?.length ?? 0];
  const count = Math.max(...steps.flat());
  const probability = {
    ...{
      name: 'probability',
      label: 'Probability',
      unit: '',
      low: 0,
      high: 1,
      lowWord: '',
      highWord: '',
      digits: 3,
    },
    values: Float32Array.from(probabilities ?? []),
  };
  return {
    origin: { program: 'test', madeAt: 0, noise: 1, weights: 'digest' },
    run: {
      runId: 0,
      settings: {
        ...{ model: 'tiny', provider: 'cpu', precision: 'stored', condition: { kind: 'class', label: 1 } },
        ...{ decoder: 'raster', decoderSettings: {}, seed: 7, guidance: 1, temperature: 1, topK: 0, topP: 1 },
        greedy: false,
      },
      execution: { device: null, memoryBytes: null, reason: '' },
      decoder: { label: 'Raster', detail: '', choices: [], mostTokens: 1, events: [] },
      grid: [height, width],
      ...{ leastSteps: count, mostSteps: count, rasterSteps: height * width, patch: 0, state: 'complete' },
    },
    snapshot: {
      ...{ runId: 0, step: count, leastSteps: count, height, width, events: [] },
      decided: new Uint32Array(0),
      tokens: Int32Array.from(tokens.flat()),
      stepOf: Int32Array.from(steps.flat()),
      stepMs: new Float32Array(count),
      tracks: probabilities ? [probability] : [],
    },
    timings: { loadMs: 0, decodeMs: 0, imageMs: 0 },
    error: undefined,
    notices: [],
    fed: [],
  };
}
