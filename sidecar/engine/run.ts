import { version } from '../../package.json';
import { NOISE_VERSION } from '../decoding/noise';
import type { Trace } from '../decoding/trace';
import type { ProtocolError, RunDescription, RunState, RunTimings, Snapshot } from '../protocol';
import { RECORDED_RUN, type RunRecord } from '../trace-file/run-record';
import type { DecodedImage } from './engine-messages';
import type { RunPlan } from './run-plan';

/** A picture that is being made, or is made. */
export interface Run {
  readonly runId: number;
  /** When the run began, in ms since 1970. */
  readonly startedAt: number;
  /** The plan that is carried out. It changes when the run moves to another provider. */
  plan: RunPlan;
  trace: Trace;
  /** After a move to another provider: the trace of the repeated decoding. It replaces `trace` as soon as it has more steps. */
  replay: Trace | undefined;
  /** What the user should know, one sentence each. Complete when the run has started. */
  notices: readonly string[];
  state: RunState;
  timings: RunTimings;
  error: ProtocolError | undefined;
  /** The finished picture, once it is drawn. */
  picture: DecodedImage | undefined;
}

/** The description of a run that watchers receive. */
export function describeRun({ runId, plan, state }: Run): RunDescription {
  return {
    runId,
    settings: plan.settings,
    execution: plan.execution.described,
    decoder: plan.decoder,
    grid: [plan.grid.height, plan.grid.width],
    leastSteps: plan.steps.least,
    mostSteps: plan.steps.most,
    rasterSteps: plan.rasterSteps,
    patch: plan.patch,
    state,
  };
}

/** The trace so far, as it is sent to a page. */
export function snapshotOf({ runId, trace }: Run): Snapshot {
  return {
    runId,
    step: trace.steps,
    leastSteps: trace.leastSteps,
    height: trace.grid.height,
    width: trace.grid.width,
    decided: Uint32Array.from(trace.newest),
    tokens: trace.tokens,
    stepOf: trace.stepOf,
    stepMs: Float32Array.from(trace.stepMs),
    tracks: trace.tracks,
    events: trace.events,
  };
}

/** A run with everything that a file keeps of it. */
export function recordOf(run: Run): RunRecord {
  return {
    origin: {
      program: `ZipAR Studio ${version}`,
      madeAt: run.startedAt,
      noise: NOISE_VERSION,
      weights: run.plan.weights,
    },
    run: { ...describeRun(run), runId: RECORDED_RUN },
    snapshot: { ...snapshotOf(run), runId: RECORDED_RUN },
    timings: run.timings,
    error: run.error,
    notices: run.notices,
    fed: run.trace.fed,
  };
}
