import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseDecoding } from '../../../sidecar/decoding/decoder-table';
import type { DecodeJob, EngineReport, EngineRequest } from '../../../sidecar/engine/engine-messages';
import { InferenceThread, type RunnableModel } from '../../../sidecar/engine/inference-thread';
import type { Forward } from '../../../sidecar/decoding/forward';
import { ToyForward } from '../decoding/toy-forward';

const RUN = 1;
const GRID = { height: 4, width: 4 };
const JOB = {
  guidance: 1,
  decoding: chooseDecoding('raster', {}, { grid: GRID, modelWindow: 4 }),
  sampling: { seed: 1, temperature: 1, topK: 0, topP: 1, greedy: false },
  withImage: false,
} as unknown as DecodeJob;

describe('the inference thread', () => {
  const { port1: engine, port2: port } = new MessageChannel();
  afterEach(() => {
    engine.close();
  });

  it('ends a run after the step during which the cancel came', async () => {
    const toy = new ToyForward(GRID);
    let steps = 0;
    const forward: Forward = {
      layout: toy.layout,
      start: () => toy.start(),
      forget: () => undefined,
      // The cancel comes within the computation of a step, as it does when ONNX Runtime blocks the thread.
      step: (inputs, predicting) => {
        steps++;
        if (steps === 3) engine.postMessage({ type: 'cancel', runId: RUN } satisfies EngineRequest);
        return toy.step(inputs, predicting);
      },
    };
    const model = {
      transformer: () => Promise.resolve(undefined),
      preparePrompt: () => Promise.resolve({ input: undefined, notices: [] }),
      forward: () => Promise.resolve(forward),
    } as unknown as RunnableModel;
    new InferenceThread(port, () => Promise.resolve(model));
    const reports: EngineReport[] = [];
    engine.on('message', (report: EngineReport) => {
      reports.push(report);
    });
    engine.postMessage({ type: 'decode', runId: RUN, job: JOB } satisfies EngineRequest);
    while (reports.every(({ type }) => type !== 'decoded' && type !== 'run-failed'))
      await once(engine, 'message');
    expect(reports.at(-1)).toEqual({
      type: 'decoded',
      runId: RUN,
      state: 'cancelled',
      ms: expect.any(Number) as number,
    });
    expect(steps).toBe(3);
  });
});
