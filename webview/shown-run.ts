import type { RunDescription } from '../sidecar/protocol';
import { beginTrace, runState, stepsDone, type Trace } from './trace';

/** The state of the page's connection to the sidecar. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** The connection broke; the link connects again. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'lost'; readonly reason: string };

/** A run on the page, and the step at which the user looks. */
export interface ShownRun {
  readonly trace: Trace;
  /** Whether the sidecar still knows the run. A restarted sidecar does not. */
  readonly isKnown: boolean;
  /** The chosen step. `stepShown` is never later than the newest step. */
  readonly step: number;
  /** Whether the page shows the newest step and moves on with each new one. */
  readonly isFollowing: boolean;
  /** The sidecar's messages about the run. */
  readonly notices: readonly string[];
}

/** Makes a shown run that is at its newest step and has no decided cells. */
export function beginShownRun(run: RunDescription): ShownRun {
  return { trace: beginTrace(run), isKnown: true, step: 0, isFollowing: true, notices: [] };
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
