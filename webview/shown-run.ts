import type { RunDescription } from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { beginTrace, runState, stepsDone, withEnding, withSnapshot, type Trace } from './trace';

/** The state of the page's connection to the sidecar. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** There is none: the page shows a file. */
  | { readonly kind: 'none' }
  /** The connection broke; the link connects again. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'lost'; readonly reason: string };

/** A run on the page, and the step at which the user looks. */
export interface ShownRun {
  readonly trace: Trace;
  /** Whether the sidecar still knows the run. A restarted sidecar does not. */
  readonly isKnown: boolean;
  /** The edition of the sidecar's trace that the page has; 0 before the first snapshot. */
  readonly edition: number;
  /** Whether the run comes from a file, so that no sidecar needs to know it. */
  readonly isRecorded: boolean;
  /** Whether the steps of a recorded run can be drawn now. */
  readonly canDraw: boolean;
  /** Whether a file keeps the run. */
  readonly isKept: boolean;
  /** Says that the run is kept where the user would not look for it. */
  readonly keptNotice: string | undefined;
  /** The chosen step. `stepShown` is never later than the newest step. */
  readonly step: number;
  /** Whether the page shows the newest step and moves on with each new one. */
  readonly isFollowing: boolean;
  /** Whether the run waits between two steps. */
  readonly isPaused: boolean;
  /** The sidecar's messages about the run. */
  readonly notices: readonly string[];
}

/** Makes a shown run that is at its newest step and has no decided cells. */
export function beginShownRun(run: RunDescription): ShownRun {
  return {
    trace: beginTrace(run),
    isKnown: true,
    edition: 0,
    isRecorded: false,
    canDraw: false,
    isKept: false,
    keptNotice: undefined,
    step: 0,
    isFollowing: true,
    isPaused: run.isPaused === true,
    notices: [],
  };
}

/** Makes a shown run from a file. It is at its last step. */
export function recordedRun(record: RunRecord): ShownRun {
  const { run, snapshot, timings, error, notices } = record;
  const trace = withSnapshot(beginTrace(run), snapshot);
  const { state } = run;
  const ended = { type: 'run-ended', runId: run.runId, steps: snapshot.step, timings } as const;
  return {
    ...beginShownRun(run),
    trace: state === 'running' ? trace : withEnding(trace, { ...ended, state, ...(error && { error }) }),
    isKnown: false,
    isRecorded: true,
    isKept: true,
    notices,
  };
}

export function runIdOf({ trace }: ShownRun): number {
  return trace.run.runId;
}

/** The step on the page: 0..stepsDone. */
export function stepShown({ trace, isFollowing, step }: ShownRun): number {
  return isFollowing ? stepsDone(trace) : Math.min(step, stepsDone(trace));
}

/** The run at another step. At its newest step, the run is followed from then on. */
export function atStep(run: ShownRun, step: number): ShownRun {
  const newest = stepsDone(run.trace);
  const to = Math.min(Math.max(step, 0), newest);
  return { ...run, step: to, isFollowing: to === newest };
}

/** The run with one more notice. A notice that it already has is not added again. */
export function withNotice(run: ShownRun, notice: string): ShownRun {
  return run.notices.includes(notice) ? run : { ...run, notices: [...run.notices, notice] };
}

/** Whether more steps will come. */
export function isRunning({ trace, isKnown }: ShownRun, connection: Connection): boolean {
  return isKnown && connection.kind !== 'lost' && runState(trace) === 'running';
}
