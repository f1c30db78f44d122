import { configureDecoder } from '../../sidecar/decoding/decoder-table';
import type { Forward } from '../../sidecar/decoding/forward';
import { uniformAt } from '../../sidecar/decoding/noise';
import { RasterLayout } from '../../sidecar/decoding/sequence-layout';
import { Trace } from '../../sidecar/decoding/trace';
import { Run } from '../../sidecar/engine/run';
import { recordOf } from '../../sidecar/engine/recorded-run';
import type { RunRecord } from '../../sidecar/trace-file/run-record';
import { planOf } from '../unit/engine/engine-of-fakes';

const CODES = 64;

/** Logits without a model: those of a cell depend on its place alone. */
class PlaceForward implements Forward {
  constructor(readonly layout: RasterLayout) {}

  start(): Promise<Float32Array> {
    return Promise.resolve(logitsAt(0));
  }

  step(inputs: Parameters<Forward['step']>[0], predicting: readonly number[]): Promise<Float32Array[]> {
    return Promise.resolve(predicting.map((i) => logitsAt((inputs[i]?.position ?? 0) + 1)));
  }

  forget(): void {
    // Nothing is kept.
  }
}

function logitsAt(place: number): Float32Array {
  const spread = 2 + 8 * uniformAt(place, 1, 5);
  return Float32Array.from({ length: CODES }, (_, token) => spread * uniformAt(place, token, 7));
}

/** A run of a square grid with ZipAR, as a file keeps it. Its numbers are made up, its schedule is not. */
export async function largeRecord(side: number, window: number): Promise<RunRecord> {
  const grid = { height: side, width: side };
  const settings = { window, firstRow: 'windowed', standIn: 'nearest', lookahead: 0 };
  const decoder = configureDecoder({ decoder: 'zipar', settings });
  const steps = decoder.steps(grid);
  const described = {
    ...planOf().decoder,
    label: 'ZipAR',
    detail: decoder.detail,
    mostTokens: steps.mostTokens,
  };
  const run = new Run(1, planOf('cpu', { grid, steps, rasterSteps: side * side, decoder: described }));
  run.trace = new Trace(grid, steps.least);
  const sampling = { seed: 7, temperature: 1, topK: 0, topP: 1, greedy: false };
  for await (const step of decoder.decode(new PlaceForward(new RasterLayout(grid)), sampling))
    run.trace.record(step, 4 + 30 * uniformAt(step.step, 2, 3));
  run.stage = { kind: 'complete', picture: undefined };
  return recordOf(run);
}
