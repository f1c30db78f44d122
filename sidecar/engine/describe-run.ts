import type { RunDescription, Snapshot } from '../protocol';
import type { Run } from './run';

/** The description of a run for the clients that watch it. */
export function describeRun({ runId, plan, state, isPaused }: Run): RunDescription {
  return {
    runId,
    settings: plan.settings,
    execution: plan.execution.described,
    decoder: plan.decoder,
    grid: [plan.grid.height, plan.grid.width],
    leastSteps: plan.steps.least,
    mostSteps: plan.steps.most,
    rasterSteps: plan.rasterSteps,
    ...(plan.expectedMs !== undefined && { expectedMs: plan.expectedMs }),
    patch: plan.patch,
    ...(plan.start && { start: plan.start }),
    state,
    ...(isPaused && { isPaused }),
  };
}

/** The snapshot of a run: its trace so far, in the form for clients. */
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
