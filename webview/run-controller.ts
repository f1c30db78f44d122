import * as l10n from './l10n';
import { Announcer } from './announcer';
import type { Clock } from './clock';
import { moveCell, type KeyAction } from './keyboard';
import type { RunView } from './panels/panel';
import type { Pictures } from './pictures';
import type { Insights } from './insights';
import { Player, type PlaySpeed, type StepRange } from './player';
import type { Session } from './session';
import { conditionText } from './run-text';
import { isRunning, runIdOf, stepShown, type ShownRun } from './shown-run';
import { cellSentence, cellView, stepView } from './step-view';
import { msUpTo, runState, stepOfCell, stepsDone, type Trace } from './trace';
import type { ViewOptions } from './view-options';
import { ZoomControl } from './zoom-control';

/** A run that took less time than this went by too fast to watch. */
const FAST_RUN_MS = 4000;
const LEAST_STEPS_TO_WATCH = 8;
/** Time that a slow replay takes, more or less. */
const REPLAY_SECONDS = 8;
/** Where the user looks: the step, and the raster position of the chosen cell. */
export interface RunPlace {
  readonly step: number;
  readonly cell: number | undefined;
}

/** Handles what the user does with one run on the page: steps, playing, the cell under the pointer or the keyboard's cursor. */
export class RunController {
  readonly player: Player;
  private readonly announcer: Announcer;
  /** Raster position of the cell under the pointer. */
  private pointed: number | undefined;
  /** Raster position of the keyboard's cursor. */
  private cursor: number | undefined;
  private announced: string | undefined;
  /** Whether the run was running when it was shown last; undefined before that. */
  private wasRunning: boolean | undefined;
  /** The step on which the pointer rests. */
  private peeked: number | undefined;
  private range: StepRange | undefined;
  readonly zoom: ZoomControl;
  private isReplayed = false;

  /**
   * @param run returns the run in its present state; undefined once the run left the page
   * @param refresh shows the run again
   * @param speak reads a sentence aloud
   */
  constructor(
    private readonly session: Session,
    private readonly run: () => ShownRun | undefined,
    private readonly pictures: Pictures,
    private readonly insights: Insights,
    clock: Clock,
    private readonly refresh: () => void,
    speak: (sentence: string) => void,
  ) {
    this.player = new Player(
      {
        step: () => this.step(),
        stepsDone: () => this.ofRun(0, ({ trace }) => stepsDone(trace)),
        msOfStep: (step) => this.ofRun(0, ({ trace }) => trace.snapshot.stepMs[step - 1] ?? 0),
        goTo: (step) => {
          this.moveTo(step);
        },
        range: () => this.range,
      },
      clock,
      refresh,
    );
    this.announcer = new Announcer(clock, speak);
    this.zoom = new ZoomControl(refresh);
  }

  /** The run as the page shows it. It also asks for the step's picture, and reads the step aloud. */
  view(run: ShownRun, options: ViewOptions): RunView {
    const { connection, newerRun } = this.session.state;
    const { trace } = run;
    const playhead = stepShown(run);
    const step = stepView(trace, this.peeked ?? playhead);
    const isLive = isRunning(run, connection);
    const comesUnasked = isLive && run.isFollowing && !run.isPaused;
    this.wantPicture(run, step.step, comesUnasked);
    if (this.peeked === undefined) this.announce(step.sentence, comesUnasked);
    this.announceChange(run, isLive);
    const cursor = this.pointed ?? this.cursor;
    const cell = cursor === undefined ? undefined : cellView(trace, step.step, cursor);
    return {
      run,
      connection,
      newerRun,
      step,
      picture: this.pictures.of(runIdOf(run))?.nearest(step.step),
      cursor,
      cell,
      playhead,
      range: this.range,
      zoom: this.zoom.part,
      ...this.insightsOf(run, cell?.decidedIn === undefined ? undefined : cell.position, isLive, options),
      canReplay: this.canReplay(run, isLive),
      options,
      isPlaying: this.player.playing,
      canFollow: isLive && !run.isFollowing,
    };
  }

  /** Reads a sentence about the run aloud. */
  tell(sentence: string): void {
    this.announcer.announce(sentence);
  }

  act(action: KeyAction): void {
    switch (action.kind) {
      case 'move-step':
        this.goTo(this.step() + action.by);
        return;
      case 'first-step':
        this.goTo(0);
        return;
      case 'last-step':
        this.goTo(Infinity);
        return;
      case 'toggle-play':
        this.player.toggle();
        return;
      case 'begin-range':
        this.changeRange((range) => ({ from: this.step(), to: Math.max(range.to, this.step()) }));
        return;
      case 'end-range':
        this.changeRange((range) => ({ from: Math.min(range.from, this.step()), to: this.step() }));
        return;
      case 'toggle-loop':
        this.range = this.range ? undefined : this.wholeRange();
        this.refresh();
        return;
      case 'zoom':
        this.ofRun(undefined, ({ trace: { snapshot } }) => {
          this.zoom.zoomAtCell(action.by, this.cursor, snapshot);
        });
        return;
      case 'whole-grid':
        this.zoom.showWholeGrid();
        return;
      case 'toggle-sight':
      case 'toggle-alternatives':
      case 'show-keys':
        // The page does these: they are the same for all runs.
        return;
      case 'move-cell':
        this.moveCursor(action);
        return;
      case 'step-of-cell':
        if (this.cursor !== undefined) this.goToCell(this.cursor);
        return;
      case 'leave-cell':
        this.cursor = undefined;
        this.refresh();
        return;
    }
  }

  /** Goes to a step because the user moved, which ends playing. */
  goTo(step: number): void {
    this.player.pause();
    this.moveTo(step);
    // The slider may have been dragged beyond the newest step. It must return even if nothing else changed.
    this.refresh();
  }

  /** Shows another step for as long as the pointer rests on it. */
  peek(step: number | undefined): void {
    const within =
      step === undefined
        ? undefined
        : Math.min(
            step,
            this.ofRun(0, ({ trace }) => stepsDone(trace)),
          );
    if (within === this.peeked) return;
    this.peeked = within;
    this.refresh();
  }

  setRange(range: StepRange): void {
    this.range = range;
    this.refresh();
  }

  /** The speed, of those on offer, at which the run takes some seconds. */
  slowSpeed(speeds: readonly PlaySpeed[]): PlaySpeed {
    const wanted = this.ofRun(0, ({ trace }) => stepsDone(trace)) / REPLAY_SECONDS;
    const slower = speeds.filter((speed) => typeof speed === 'number' && speed <= wanted);
    return slower.at(-1) ?? speeds[0] ?? 1;
  }

  /** Plays the whole run from the start. */
  replay(): void {
    this.isReplayed = true;
    this.range = undefined;
    this.goTo(0);
    this.player.play();
  }

  follow(): void {
    this.player.pause();
    this.ofRun(undefined, (run) => {
      this.session.follow(runIdOf(run));
    });
  }

  point(position: number | undefined): void {
    if (position === this.pointed) return;
    this.pointed = position;
    this.refresh();
  }

  /** Where the user looks. A cell stays chosen while the pointer is elsewhere. */
  place(): RunPlace {
    return { step: this.step(), cell: this.cursor };
  }

  choose(position: number): void {
    this.cursor = position;
    this.goToCell(position);
  }

  private wholeRange(): StepRange {
    return { from: 0, to: this.ofRun(0, ({ trace }) => stepsDone(trace)) };
  }

  private changeRange(change: (range: StepRange) => StepRange): void {
    this.setRange(change(this.range ?? this.wholeRange()));
  }

  private canReplay({ trace, isRecorded }: ShownRun, isLive: boolean): boolean {
    const steps = stepsDone(trace);
    if (isLive || isRecorded || this.isReplayed || this.player.playing) return false;
    return steps >= LEAST_STEPS_TO_WATCH && msUpTo(trace, steps) < FAST_RUN_MS;
  }

  /** What the inspector shows of a cell beyond the trace, as far as the user wants it. */
  private insightsOf(
    run: ShownRun,
    position: number | undefined,
    isLive: boolean,
    { sight, alternatives }: ViewOptions,
  ): Pick<RunView, 'sight' | 'alternatives'> {
    const runId = runIdOf(run);
    const isThere = run.isKnown || run.canDraw;
    const canAsk = isThere && !isLive;
    // A run that waits leaves the model free.
    const canCompute = isThere && (!isLive || run.isPaused);
    const none = { sight: undefined, alternatives: undefined };
    if (position === undefined) {
      this.insights.wantNothing();
      return none;
    }
    return {
      sight: sight ? this.insights.sightOf(runId, position, canAsk) : undefined,
      alternatives: alternatives ? this.insights.alternativesOf(runId, position, canCompute) : undefined,
    };
  }

  /** Says that the run has begun, or how it ended. */
  private announceChange({ trace, isRecorded }: ShownRun, isLive: boolean): void {
    const { wasRunning } = this;
    this.wasRunning = isLive;
    if (isRecorded || wasRunning === isLive) return;
    if (isLive) this.announcer.announce(l10n.t('Started: {0}.', conditionText(trace.run.settings)));
    else if (wasRunning === true) this.announcer.announce(endingSentence(trace));
  }

  private step(): number {
    return this.ofRun(0, stepShown);
  }

  private moveTo(step: number): void {
    this.ofRun(undefined, (run) => {
      this.session.goTo(runIdOf(run), step);
    });
  }

  private moveCursor(by: { readonly rows: number; readonly columns: number }): void {
    const run = this.run();
    if (!run) return;
    this.pointed = undefined;
    this.cursor = moveCell(this.cursor, by, run.trace.snapshot);
    this.zoom.showCell(this.cursor, run.trace.snapshot);
    this.announcer.say(cellSentence(cellView(run.trace, stepShown(run), this.cursor)), false);
    this.refresh();
  }

  private goToCell(position: number): void {
    const step = this.ofRun(0, ({ trace }) => stepOfCell(trace, position));
    if (step > 0) this.goTo(step);
    else this.refresh();
  }

  /**
   * Asks for the picture of a step. While a run is followed live, its pictures arrive unrequested; requests would slow the run
   * down.
   */
  private wantPicture({ isKnown, canDraw, trace }: ShownRun, step: number, comesUnasked: boolean): void {
    const isPossible = (isKnown || canDraw) && trace.run.patch > 0 && runState(trace) !== 'failed';
    this.pictures.of(trace.run.runId)?.want(isPossible && !comesUnasked ? step : undefined);
  }

  /** Reads a step aloud once, so it does not interrupt the description of a cell to which the user moved. */
  private announce(sentence: string, comesUnasked: boolean): void {
    if (sentence === this.announced) return;
    this.announced = sentence;
    this.announcer.say(sentence, this.player.playing || comesUnasked);
  }

  private ofRun<T>(otherwise: T, read: (run: ShownRun) => T): T {
    const run = this.run();
    return run ? read(run) : otherwise;
  }
}

function endingSentence(trace: Trace): string {
  const steps = stepsDone(trace);
  const count = steps === 1 ? l10n.t('1 step') : l10n.t('{0} steps', steps);
  switch (runState(trace)) {
    case 'complete':
      return l10n.t('Complete: {0} instead of {1}.', count, trace.run.rasterSteps);
    case 'cancelled':
      return l10n.t('Cancelled after {0}.', count);
    case 'failed':
      return l10n.t('Failed after {0}.', count);
    case 'running':
      return l10n.t('Interrupted after {0}.', count);
  }
}
