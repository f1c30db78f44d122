import type { RunDescription } from '../sidecar/protocol';
import type { Trace } from './trace';
import { beginTrace, runState, stepsDone } from './trace';

/** How the page stands with the sidecar. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** It broke; the link connects again. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'lost'; readonly reason: string };

/** A run on the page, and the step of it that the user looks at. */
export interface ShownRun {
  readonly trace: Trace;
  /** Whether the sidecar still knows the run. A restarted sidecar does not. */
  readonly isKnown: boolean;
  /** Step chosen; `stepShown` is never later than the newest. */
  readonly step: number;
  /** Shows the newest step, whichever that is. */
  readonly isFollowing: boolean;
  /** What the sidecar had to say about the run. */
  readonly notices: readonly string[];
}

/** A run of which nothing is decided yet, at its newest step. */
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

/** The run at another step. At its newest step it is followed from then on. */
export function atStep(run: ShownRun, step: number): ShownRun {
  const newest = stepsDone(run.trace);
  const to = Math.min(Math.max(step, 0), newest);
  return { ...run, step: to, isFollowing: to === newest };
}

/** The run with one notice more; a notice is not repeated. */
export function withNotice(run: ShownRun, notice: string): ShownRun {
  return run.notices.includes(notice) ? run : { ...run, notices: [...run.notices, notice] };
}

/** Whether steps are still to come. */
export function isRunning({ trace, isKnown }: ShownRun, connection: Connection): boolean {
  return isKnown && connection.kind !== 'lost' && runState(trace) === 'running';
}
