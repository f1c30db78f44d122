import type { ClientMessage, ErrorCode, Frame, RunDescription, SidecarMessage } from '../sidecar/protocol';
import { atStep, beginShownRun, runIdOf, stepShown, withNotice } from './shown-run';
import type { Connection, ShownRun } from './shown-run';
import { withDescription, withEnding, withSnapshot } from './trace';

/** Everything the page depends on. */
export interface SessionState {
  readonly connection: Connection;
  /** The runs on the page, in the order in which they stand there. */
  readonly runs: readonly ShownRun[];
  /** Whether the answer to "is there a run?" is still out. */
  readonly isLooking: boolean;
  /** A run that began while the user was looking at a step of another. */
  readonly newerRun: RunDescription | undefined;
  /** What the sidecar had to say while no run was on the page. */
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
  /** A run came onto the page, perhaps in the place of an earlier one of the same id. */
  runShown(runId: number): void;
  /** A run left the page. */
  runGone(runId: number): void;
  picture(frame: Extract<Frame, { kind: 'picture' }>['picture']): void;
  requestFailed(id: number): void;
}

/** A client message that has no id yet. */
export type Request = WithoutId<ClientMessage>;
type WithoutId<M> = M extends unknown ? Omit<M, 'id'> : never;

/** Whether a run takes the place of all others on the page, or stands beside them. */
type Arrival = 'alone' | 'beside';

/** The newest run, when a client asks to watch it. */
const NEWEST = 0;

/** Which runs are watched and where in them the user is; fed by the link and by the user. */
export class Session {
  private current: SessionState = {
    connection: { kind: 'connecting' },
    runs: [],
    isLooking: true,
    newerRun: undefined,
    notices: [],
  };
  private sidecar: string | undefined;
  /** Run to watch once connected. */
  private wantedRun = NEWEST;
  /** Requests to watch a run that were not answered yet. */
  private readonly watching = new Map<number, Arrival>();
  private awaitingRun = false;

  constructor(
    private readonly events: SessionEvents,
    private place: Place | undefined,
  ) {}

  get state(): SessionState {
    return this.current;
  }

  /** The first run on the page: the one that commands without a run of their own speak of. */
  get first(): ShownRun | undefined {
    return this.current.runs[0];
  }

  /** `sidecar` is anything that only this sidecar process has. */
  showRun(sidecar: string, runId: number): void {
    const isRestarted = sidecar !== this.sidecar;
    this.sidecar = sidecar;
    this.wantedRun = runId;
    this.update({
      connection: { kind: 'connecting' },
      runs: this.current.runs.map((run) => ({ ...run, isKnown: run.isKnown && !isRestarted })),
      isLooking: true,
      newerRun: undefined,
    });
  }

  /** Watches one more run and puts it behind the others. */
  addRun(runId: number): void {
    this.watch(runId, 'beside');
  }

  /** Takes a run off the page. */
  removeRun(runId: number): void {
    if (this.runOf(runId)?.isKnown) this.events.send({ type: 'unwatch', runId });
    this.update({ runs: this.current.runs.filter((run) => runIdOf(run) !== runId) });
    this.events.runGone(runId);
  }

  opened(): void {
    this.update({ connection: { kind: 'open' } });
    this.watching.clear();
    const [, ...others] = this.current.runs;
    this.watch(this.wantedRun, 'alone');
    for (const run of others) if (run.isKnown) this.watch(runIdOf(run), 'beside');
  }

  interrupted(): void {
    this.update({ connection: { kind: 'interrupted' } });
  }

  lost(reason: string): void {
    this.update({ connection: { kind: 'lost', reason }, isLooking: false });
  }

  /** Says something about the first run, or about the page when there is no run. */
  note(notice: string): void {
    const { first } = this;
    if (first) this.change(runIdOf(first), (run) => withNotice(run, notice));
    else if (!this.current.notices.includes(notice))
      this.update({ notices: [...this.current.notices, notice] });
  }

  frame(frame: Frame): void {
    if (frame.kind === 'picture') this.events.picture(frame.picture);
    if (frame.kind !== 'snapshot') return;
    const { snapshot } = frame;
    this.changeKnown(snapshot.runId, (run) => {
      const trace = withSnapshot(run.trace, snapshot);
      return trace === run.trace ? run : { ...run, trace };
    });
  }

  message(message: SidecarMessage): void {
    switch (message.type) {
      case 'run-description':
        this.described(message.id, message.run);
        return;
      case 'run-started':
        this.runStarted(message.run, message.notices);
        return;
      case 'run-ended':
        this.changeKnown(message.runId, (run) => ({ ...run, trace: withEnding(run.trace, message) }));
        return;
      case 'run-moved': {
        const { run: description, notice } = message;
        this.changeKnown(description.runId, (run) =>
          withNotice({ ...run, trace: withDescription(run.trace, description) }, notice),
        );
        return;
      }
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

  /** Moves a run to a step. The newest one is followed from then on. */
  goTo(runId: number, step: number): void {
    this.change(runId, (run) => atStep(run, step));
  }

  /** The user has asked for a new run: the next one takes the place of what is on the page. */
  awaitNewRun(): void {
    this.awaitingRun = true;
  }

  follow(runId: number): void {
    this.change(runId, (run) => ({ ...run, isFollowing: true }));
  }

  /** Turns to the run that began meanwhile. */
  showNewerRun(): void {
    const { newerRun, runs } = this.current;
    if (!newerRun) return;
    this.update({ runs: runs.map((run) => ({ ...run, isFollowing: true })), newerRun: undefined });
    this.turnTo(newerRun.runId);
  }

  /** Where the user is, to come back to; undefined when the newest step of the newest run will do. */
  whereabouts(): Place | undefined {
    const { first } = this;
    if (!first || first.isFollowing) return undefined;
    return { runId: runIdOf(first), seed: first.trace.run.settings.seed, step: stepShown(first) };
  }

  private runOf(runId: number): ShownRun | undefined {
    return this.current.runs.find((run) => runIdOf(run) === runId);
  }

  /** Stops watching the runs on the page, and watches another in their place. */
  private turnTo(runId: number): void {
    for (const run of this.current.runs)
      if (run.isKnown && runIdOf(run) !== runId) this.events.send({ type: 'unwatch', runId: runIdOf(run) });
    this.watch(runId, 'alone');
  }

  private watch(runId: number, arrival: Arrival): void {
    if (arrival === 'alone') {
      this.wantedRun = runId;
      for (const [id, earlier] of this.watching) if (earlier === 'alone') this.watching.delete(id);
    }
    const id = this.events.send({ type: 'watch', runId });
    if (id !== undefined) this.watching.set(id, arrival);
  }

  private described(id: number, run: RunDescription): void {
    const arrival = this.watching.get(id);
    if (arrival === undefined) return;
    this.watching.delete(id);
    this.show(run, arrival);
  }

  private runStarted(run: RunDescription, notices: readonly string[]): void {
    const { runs } = this.current;
    if (this.runOf(run.runId)?.isKnown) return;
    if (runs.some(({ isFollowing }) => !isFollowing) && !this.awaitingRun) {
      this.update({ newerRun: run });
      return;
    }
    this.awaitingRun = false;
    this.turnTo(run.runId);
    this.show(run, 'alone');
    this.change(run.runId, (shown) => ({ ...shown, notices }));
  }

  private show(description: RunDescription, arrival: Arrival): void {
    const { runId } = description;
    if (arrival === 'alone') this.wantedRun = runId;
    if (this.runOf(runId)?.isKnown) {
      this.change(runId, (run) => ({ ...run, trace: withDescription(run.trace, description) }));
      this.update({ isLooking: false });
      return;
    }
    const others = this.current.runs.filter((run) => runIdOf(run) !== runId);
    const stay = arrival === 'beside' ? others : [];
    if (arrival === 'alone') for (const run of others) this.events.runGone(runIdOf(run));
    this.events.runShown(runId);
    const shown = this.returnTo(beginShownRun(description));
    this.update({ runs: [...stay, shown], isLooking: false, newerRun: undefined, notices: [] });
  }

  /** The run at the step where the user left it, if it is the one that the user left. */
  private returnTo(run: ShownRun): ShownRun {
    const { place } = this;
    this.place = undefined;
    const isReturning = place?.runId === runIdOf(run) && place.seed === run.trace.run.settings.seed;
    return isReturning ? { ...run, step: place.step, isFollowing: false } : run;
  }

  private failed(id: number, code: ErrorCode, message: string): void {
    if (!this.watching.delete(id)) {
      this.events.requestFailed(id);
      return;
    }
    // The sidecar does not know a run of an earlier sidecar: what is on the page stays.
    if (code !== 'not-found') this.note(message);
    this.update({ isLooking: false });
  }

  private changeKnown(runId: number, change: (run: ShownRun) => ShownRun): void {
    if (this.runOf(runId)?.isKnown) this.change(runId, change);
  }

  /** Nothing is told when nothing changes. */
  private change(runId: number, change: (run: ShownRun) => ShownRun): void {
    const run = this.runOf(runId);
    if (!run) return;
    const changed = change(run);
    if (changed === run) return;
    this.update({ runs: this.current.runs.map((other) => (other === run ? changed : other)) });
  }

  private update(change: Partial<SessionState>): void {
    this.current = { ...this.current, ...change };
    this.events.changed();
  }
}
