import * as l10n from './l10n';
import {
  withChanges,
  type CellAlternatives,
  type ClientMessage,
  type ErrorCode,
  type Frame,
  type RunDescription,
  type SidecarMessage,
  type Snapshot,
} from '../sidecar/protocol';
import { RECORDED_RUN, type RunRecord } from '../sidecar/trace-file/run-record';
import {
  atStep,
  beginShownRun,
  recordedRun,
  runIdOf,
  stepShown,
  withNotice,
  type Connection,
  type ShownRun,
} from './shown-run';
import { withDescription, withEnding, withSnapshot } from './trace';

/** All state on which the page depends. */
export interface SessionState {
  readonly connection: Connection;
  /** The runs on the page, in the order in which they stand there. */
  readonly runs: readonly ShownRun[];
  /** Whether the page still waits for the answer to "is there a run?". */
  readonly isLooking: boolean;
  /** A run that began while the user looked at a step of another run. */
  readonly newerRun: RunDescription | undefined;
  /** Notices from the sidecar that came while no run was on the page. */
  readonly notices: readonly string[];
}

/** The user's place before the webview was hidden and destroyed. */
export interface Place {
  readonly runId: number;
  /** The seed distinguishes runs with the same id after a restart of the sidecar. */
  readonly seed: number;
  readonly step: number;
}

export interface SessionEvents {
  /** Sends a request. Returns its id, or undefined if the request could not be sent. */
  send(request: Request): number | undefined;
  changed(): void;
  /** A run came onto the page. It may replace an earlier run with the same id. */
  runShown(runId: number): void;
  /** A run left the page. */
  runGone(runId: number): void;
  picture(frame: Extract<Frame, { kind: 'picture' }>['picture']): void;
  /** What a cell's draw looked like, in answer to a request. */
  alternatives(alternatives: CellAlternatives): void;
  requestFailed(id: number, reason: string): void;
}

/** A client message without its id. */
export type Request = WithoutId<ClientMessage>;
type WithoutId<M> = M extends unknown ? Omit<M, 'id'> : never;

/** Whether a run replaces all others on the page, or stands beside them. */
type Arrival = 'alone' | 'beside';

/** Run id that a client sends to watch the newest run. */
const NEWEST = 0;

/** Knows the watched runs and the user's step in each of them. The link and the user's actions change it. */
export class Session {
  private current: SessionState = {
    connection: { kind: 'connecting' },
    runs: [],
    isLooking: true,
    newerRun: undefined,
    notices: [],
  };
  private sidecar: string | undefined;
  /** The run to watch once the link is connected. */
  private wantedRun = NEWEST;
  /** Requests to watch a run that are not answered yet. */
  private readonly watching = new Map<number, Arrival>();
  private awaitingRun = false;
  private readonly keptNotices = new Map<number, string | undefined>();

  constructor(
    private readonly events: SessionEvents,
    private place: Place | undefined,
  ) {}

  get state(): SessionState {
    return this.current;
  }

  /** The first run on the page. Commands that name no run mean this one. */
  get first(): ShownRun | undefined {
    return this.current.runs[0];
  }

  /** Shows a run. `sidecar` is any value that only this sidecar process has. */
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

  /** Shows the run of a file. It replaces all others. */
  showRecord(record: RunRecord): void {
    for (const run of this.current.runs) this.events.runGone(runIdOf(run));
    this.events.runShown(RECORDED_RUN);
    const { place } = this;
    const isReturning = place?.seed === record.run.settings.seed;
    this.place = undefined;
    const shown = recordedRun(record);
    const { connection } = this.current;
    this.update({
      connection: connection.kind === 'open' ? connection : { kind: 'none' },
      runs: [isReturning ? atStep(shown, place.step) : shown],
      isLooking: false,
      newerRun: undefined,
      notices: [],
    });
  }

  /** Says whether the steps of recorded runs can be drawn now. */
  setCanDraw(canDraw: boolean): void {
    this.change(RECORDED_RUN, (run) => (run.canDraw === canDraw ? run : { ...run, canDraw }));
  }

  /** Says that a run is kept in a file. @param notice where it is, if the user would not look for it there */
  kept(runId: number, notice: string | undefined): void {
    this.keptNotices.set(runId, notice);
    this.change(runId, (run) => ({ ...run, isKept: true, keptNotice: notice }));
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

  /** Adds a notice about the first run, or about the page if it has no run. */
  note(notice: string): void {
    const { first } = this;
    if (first) this.change(runIdOf(first), (run) => withNotice(run, notice));
    else if (!this.current.notices.includes(notice))
      this.update({ notices: [...this.current.notices, notice] });
  }

  frame(frame: Frame): void {
    if (frame.kind === 'picture') this.events.picture(frame.picture);
    if (frame.kind === 'snapshot') this.receive(frame.snapshot, frame.edition);
    if (frame.kind !== 'changes') return;
    const { changes, edition } = frame;
    const held = this.runOf(changes.runId);
    const snapshot = held?.edition === edition ? withChanges(held.trace.snapshot, changes) : undefined;
    if (snapshot && snapshot !== held?.trace.snapshot) this.receive(snapshot, edition);
    else this.sayHolding(changes.runId);
  }

  private receive(snapshot: Snapshot, edition: number): void {
    const { runId } = snapshot;
    this.changeKnown(runId, (run) => {
      const trace = withSnapshot(run.trace, snapshot);
      return trace === run.trace ? run : { ...run, trace, edition };
    });
    this.sayHolding(runId);
  }

  /** Tells the sidecar what the page has of a run, so that it sends only what is new. */
  private sayHolding(runId: number): void {
    const run = this.runOf(runId);
    if (!run?.isKnown) return;
    const { step } = run.trace.snapshot;
    this.events.send({ type: 'holding', runId, step, edition: run.edition });
  }

  message(message: SidecarMessage): void {
    switch (message.type) {
      case 'run-description':
        this.described(message.id, message.run);
        return;
      case 'run-started':
        this.runStarted(message.run, message.notices.map(l10n.said));
        return;
      case 'run-ended':
        this.changeKnown(message.runId, (run) => ({
          ...run,
          trace: withEnding(run.trace, message),
          isPaused: false,
        }));
        return;
      case 'run-paused':
        this.setPaused(message.runId, true);
        return;
      case 'run-goes-on':
        this.setPaused(message.runId, false);
        return;
      case 'run-moved': {
        const { run: description } = message;
        const notice = l10n.said(message.notice);
        this.changeKnown(description.runId, (run) =>
          withNotice({ ...run, trace: withDescription(run.trace, description) }, notice),
        );
        return;
      }
      case 'error':
        this.failed(
          message.id,
          message.error.code,
          l10n.said(message.error.sentence ?? message.error.message),
        );
        return;
      case 'cell-alternatives':
        this.events.alternatives(message);
        return;
      case 'hello':
      case 'loading':
      case 'packing':
      case 'pong':
      case 'hardware':
      case 'models':
      case 'prompt-words':
      case 'decoding-costs':
      case 'likelihoods':
      case 'ok':
        return;
    }
  }

  private setPaused(runId: number, isPaused: boolean): void {
    this.changeKnown(runId, (run) => ({ ...run, isPaused }));
  }

  /** Moves a run to a step. At its newest step, the run is followed from then on. */
  goTo(runId: number, step: number): void {
    this.change(runId, (run) => atStep(run, step));
  }

  /** The user has asked for a new run: the next run replaces all runs on the page. */
  awaitNewRun(): void {
    this.awaitingRun = true;
  }

  follow(runId: number): void {
    this.change(runId, (run) => ({ ...run, isFollowing: true }));
  }

  /** Shows the run that began meanwhile. */
  showNewerRun(): void {
    const { newerRun, runs } = this.current;
    if (!newerRun) return;
    this.update({ runs: runs.map((run) => ({ ...run, isFollowing: true })), newerRun: undefined });
    this.turnTo(newerRun.runId);
  }

  /** The user's place, to return to later; undefined if it is the newest step of the newest run. */
  whereabouts(): Place | undefined {
    const { first } = this;
    if (!first || first.isFollowing) return undefined;
    return { runId: runIdOf(first), seed: first.trace.run.settings.seed, step: stepShown(first) };
  }

  private runOf(runId: number): ShownRun | undefined {
    return this.current.runs.find((run) => runIdOf(run) === runId);
  }

  /** Stops watching the runs on the page, and watches another run instead. */
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
    const id = this.events.send({ type: 'watch', runId, changes: true });
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
      this.change(runId, (run) => ({
        ...run,
        trace: withDescription(run.trace, description),
        isPaused: description.isPaused === true,
      }));
      this.update({ isLooking: false });
      return;
    }
    const others = this.current.runs.filter((run) => runIdOf(run) !== runId);
    const stay = arrival === 'beside' ? others : [];
    if (arrival === 'alone') for (const run of others) this.events.runGone(runIdOf(run));
    this.events.runShown(runId);
    const begun = {
      ...beginShownRun(description),
      isKept: this.keptNotices.has(runId),
      keptNotice: this.keptNotices.get(runId),
    };
    const shown = this.returnTo(begun);
    this.update({ runs: [...stay, shown], isLooking: false, newerRun: undefined, notices: [] });
  }

  /** The run at the step where the user left it, if it is the run that the user left. */
  private returnTo(run: ShownRun): ShownRun {
    const { place } = this;
    this.place = undefined;
    const isReturning = place?.runId === runIdOf(run) && place.seed === run.trace.run.settings.seed;
    return isReturning ? { ...run, step: place.step, isFollowing: false } : run;
  }

  private failed(id: number, code: ErrorCode, message: string): void {
    if (!this.watching.delete(id)) {
      this.events.requestFailed(id, message);
      return;
    }
    // The sidecar does not know a run of an earlier sidecar, so the page keeps what it shows.
    if (code !== 'not-found') this.note(message);
    this.update({ isLooking: false });
  }

  private changeKnown(runId: number, change: (run: ShownRun) => ShownRun): void {
    if (this.runOf(runId)?.isKnown) this.change(runId, change);
  }

  /** Changes a run. If nothing changes, no listener is called. */
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
