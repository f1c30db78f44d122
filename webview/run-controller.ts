import { Announcer } from './announcer';
import type { Clock } from './clock';
import { moveCell, type KeyAction } from './keyboard';
import type { RunView } from './panels/panel';
import type { Pictures } from './pictures';
import { Player } from './player';
import type { Session } from './session';
import { isRunning, runIdOf, stepShown, type ShownRun } from './shown-run';
import { cellSentence, cellView, stepView } from './step-view';
import { runState, stepOfCell, stepsDone } from './trace';
import type { ViewOptions } from './view-options';

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

  /**
   * @param run returns the run in its present state; undefined once the run left the page
   * @param refresh shows the run again
   * @param speak reads a sentence aloud
   */
  constructor(
    private readonly session: Session,
    private readonly run: () => ShownRun | undefined,
    private readonly pictures: Pictures,
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
      },
      clock,
      refresh,
    );
    this.announcer = new Announcer(clock, speak);
  }

  /** The run as the page shows it. It also asks for the step's picture, and reads the step aloud. */
  view(run: ShownRun, options: ViewOptions): RunView {
    const { connection, newerRun } = this.session.state;
    const { trace } = run;
    const step = stepView(trace, stepShown(run));
    const isLive = isRunning(run, connection);
    const comesUnasked = isLive && run.isFollowing;
    this.wantPicture(run, step.step, comesUnasked);
    this.announce(step.sentence, comesUnasked);
    const cursor = this.pointed ?? this.cursor;
    return {
      run,
      connection,
      newerRun,
      step,
      picture: this.pictures.of(runIdOf(run))?.nearest(step.step),
      cursor,
      cell: cursor === undefined ? undefined : cellView(trace, step.step, cursor),
      options,
      isPlaying: this.player.playing,
      canFollow: isLive && !run.isFollowing,
    };
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
