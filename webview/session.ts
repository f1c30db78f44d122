import type { ClientMessage, ErrorCode, Frame, RunDescription, SidecarMessage } from '../sidecar/protocol';
import { beginTrace, runState, stepsDone, withDescription, withEnding, withSnapshot } from './trace';
import type { Trace } from './trace';

type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** It broke and is being made anew. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'lost'; readonly reason: string };

/** Everything the page depends on. */
export interface SessionState {
  readonly connection: Connection;
  /** The run on screen. */
  readonly trace: Trace | undefined;
  /** Whether the sidecar still knows the run on screen; it does not once it was restarted. */
  readonly known: boolean;
  /** Whether the answer to "is there a run?" is still out. */
  readonly looking: boolean;
  /** Step chosen; what is shown is never later than the newest. */
  readonly step: number;
  /** Shows the newest step, whichever that is. */
  readonly following: boolean;
  /** A run that began while the user was looking at a step of another. */
  readonly newerRun: RunDescription | undefined;
  /** What the sidecar had to say about the run. */
  readonly notices: readonly string[];
}

/** Where the user was before the webview was hidden and destroyed. */
export interface Place {
  readonly runId: number;
  /** Tells runs of the same id apart after the sidecar was restarted. */
  readonly seed: number;
  readonly step: number;
}

export interface SessionEvents {
  /** Returns the request's id, or undefined when it could not be sent. */
  send(request: Request): number | undefined;
  changed(): void;
  /** Another run is shown. */
  runReplaced(runId: number): void;
  picture(frame: Extract<Frame, { kind: 'picture' }>['picture']): void;
  requestFailed(id: number): void;
}

/** A client message that has no id yet. */
export type Request = WithoutId<ClientMessage>;
type WithoutId<M> = M extends unknown ? Omit<M, 'id'> : never;

/** What is watched and where in it the user is; fed by the link and by the user. */
export class Session {
  private current: SessionState = {
    connection: { kind: 'connecting' },
    trace: undefined,
    known: false,
    looking: true,
    step: 0,
    following: true,
    newerRun: undefined,
    notices: [],
  };
  private sidecar: string | undefined;
  /** Run to watch once connected; 0 = the newest. */
  private wantedRun = 0;
  private watchId: number | undefined;
  private awaitingRun = false;

  constructor(
    private readonly events: SessionEvents,
    private place: Place | undefined,
  ) {}

  get state(): SessionState {
    return this.current;
  }

  /** The step on screen. */
  get step(): number {
    const { trace, following, step } = this.current;
    if (!trace) return 0;
    return following ? stepsDone(trace) : Math.min(step, stepsDone(trace));
  }

  /** `sidecar` is anything that only this sidecar process has. */
  showRun(sidecar: string, runId: number): void {
    const restarted = sidecar !== this.sidecar;
    this.sidecar = sidecar;
    this.wantedRun = runId;
    this.update({
      connection: { kind: 'connecting' },
      known: this.current.known && !restarted,
      looking: true,
      newerRun: undefined,
    });
  }

  opened(): void {
    this.update({ connection: { kind: 'open' } });
    this.watch(this.wantedRun);
  }

  interrupted(): void {
    this.update({ connection: { kind: 'interrupted' } });
  }

  lost(reason: string): void {
    this.update({ connection: { kind: 'lost', reason }, looking: false });
  }

  note(notice: string): void {
    if (!this.current.notices.includes(notice)) this.update({ notices: [...this.current.notices, notice] });
  }

  frame(frame: Frame): void {
    if (frame.kind === 'picture') this.events.picture(frame.picture);
    if (frame.kind !== 'snapshot' || !this.current.known || !this.current.trace) return;
    const trace = withSnapshot(this.current.trace, frame.snapshot);
    if (trace !== this.current.trace) this.update({ trace });
  }

  message(message: SidecarMessage): void {
    switch (message.type) {
      case 'run-description':
        if (message.id === this.watchId) this.show(message.run);
        return;
      case 'run-started':
        this.runStarted(message.run, message.notices);
        return;
      case 'run-ended':
        if (this.current.trace && this.current.known)
          this.update({ trace: withEnding(this.current.trace, message) });
        return;
      case 'run-moved':
        this.runMoved(message.run, message.notice);
        return;
      case 'error':
        this.failed(message.id, message.error.code, message.error.message);
        return;
      case 'hello':
      case 'loading':
      case 'packing':
      case 'pong':
      case 'hardware':
      case 'models':
      case 'ok':
        return;
    }
  }

  /** Moves to a step. The newest one is followed from then on. */
  goTo(step: number): void {
    const { trace } = this.current;
    if (!trace) return;
    const newest = stepsDone(trace);
    const to = Math.min(Math.max(step, 0), newest);
    this.update({ step: to, following: to === newest });
  }

  /** The user has asked for a new run: the next one replaces whatever is on screen. */
  awaitNewRun(): void {
    this.awaitingRun = true;
  }

  follow(): void {
    this.update({ following: true });
  }

  /** Turns to the run that began meanwhile. */
  showNewerRun(): void {
    const run = this.current.newerRun;
    if (!run) return;
    this.update({ following: true, newerRun: undefined });
    this.watch(run.runId);
  }

  /** Where the user is, to come back to; undefined when the newest step of the newest run will do. */
  whereabouts(): Place | undefined {
    const { trace, following, step } = this.current;
    if (!trace || following) return undefined;
    return { runId: trace.run.runId, seed: trace.run.settings.seed, step };
  }

  private watch(runId: number): void {
    const shown = this.current.trace?.run.runId;
    if (this.current.known && shown !== undefined && shown !== runId && runId !== 0)
      this.events.send({ type: 'unwatch', runId: shown });
    this.wantedRun = runId;
    this.watchId = this.events.send({ type: 'watch', runId });
  }

  private runStarted(run: RunDescription, notices: readonly string[]): void {
    const { trace, known, following } = this.current;
    if (known && trace?.run.runId === run.runId) return;
    if (trace && !following && !this.awaitingRun) {
      this.update({ newerRun: run });
      return;
    }
    this.awaitingRun = false;
    this.watch(run.runId);
    this.show(run);
    this.update({ notices });
  }

  private runMoved(run: RunDescription, notice: string): void {
    const { trace, known } = this.current;
    if (!trace || !known || trace.run.runId !== run.runId) return;
    this.update({ trace: withDescription(trace, run) });
    this.note(notice);
  }

  private show(run: RunDescription): void {
    const { trace, known } = this.current;
    this.wantedRun = run.runId;
    if (trace && known && trace.run.runId === run.runId) {
      this.update({ trace: withDescription(trace, run), looking: false });
      return;
    }
    const { place } = this;
    this.place = undefined;
    const returning = place?.runId === run.runId && place.seed === run.settings.seed;
    this.events.runReplaced(run.runId);
    this.update({
      trace: beginTrace(run),
      known: true,
      looking: false,
      step: returning ? place.step : 0,
      following: !returning,
      newerRun: undefined,
      notices: [],
    });
  }

  private failed(id: number, code: ErrorCode, message: string): void {
    if (id !== this.watchId) {
      this.events.requestFailed(id);
      return;
    }
    // A run that this sidecar does not know is of an earlier one: what is on screen stays.
    if (code !== 'not-found') this.note(message);
    this.update({ looking: false });
  }

  private update(change: Partial<SessionState>): void {
    this.current = { ...this.current, ...change };
    this.events.changed();
  }
}

/** Whether steps are still to come. */
export function isRunning({ trace, known, connection }: SessionState): boolean {
  return trace !== undefined && known && connection.kind !== 'lost' && runState(trace) === 'running';
}
