import type { WebviewCommand } from '../sidecar/protocol';
import { Announcer } from './announcer';
import type { Clock } from './clock';
import { setText } from './element';
import { keyAction, moveCell } from './keyboard';
import type { KeyAction, KeyFocus } from './keyboard';
import { Layout } from './layout';
import { Page } from './page';
import type { Pictures } from './pictures';
import { Player } from './player';
import { isRunning } from './session';
import type { Session } from './session';
import { cellSentence, cellView, stepView } from './step-view';
import { observeTheme, readPalette } from './theme';
import { runState, stepOfCell, stepsDone } from './trace';
import type { Trace } from './trace';
import type { ViewOptions } from './view-options';

export interface VisualiserEvents {
  command(command: WebviewCommand): void;
  /** The place or the options may have changed: worth remembering. */
  changed(options: ViewOptions): void;
}

/** Shows `f(trace, step)` on the page, at most once an animation frame, and takes what the user does to it. */
export class Visualiser {
  private readonly page: Page;
  private readonly layout: Layout;
  private readonly player: Player;
  private readonly announcer: Announcer;
  private frame: number | undefined;
  /** Cell under the pointer. */
  private pointed: number | undefined;
  /** Cell of the keyboard's cursor. */
  private cursor: number | undefined;

  constructor(
    root: HTMLElement,
    private readonly session: Session,
    private readonly pictures: Pictures,
    private options: ViewOptions,
    clock: Clock,
    private readonly events: VisualiserEvents,
  ) {
    const refresh = (): void => {
      this.refresh();
    };
    this.page = this.makePage(root);
    this.layout = new Layout(root, this.page, refresh);
    this.player = new Player(playedRun(session), clock, refresh);
    this.player.setSpeed(options.speed);
    this.announcer = new Announcer(clock, (sentence) => {
      setText(this.page.liveRegion, sentence);
    });
    this.listen();
    this.page.stage.setOptions(options);
    this.page.setPalette(readPalette());
    this.refresh();
  }

  /** Shows what has changed, with the next animation frame. */
  refresh(): void {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.render();
    });
  }

  private render(): void {
    const { state } = this.session;
    const { trace } = state;
    this.page.studio.hidden = !trace;
    this.page.empty.element.hidden = trace !== undefined;
    if (trace) this.renderRun(trace);
    else this.page.empty.show(state);
  }

  private renderRun(trace: Trace): void {
    const { page, options, session } = this;
    const view = stepView(trace, session.step);
    const live = isRunning(session.state);
    const followed = live && session.state.following;
    page.header.show(session.state);
    page.notices.show(session.state);
    page.inspector.setRun(trace);
    this.layout.apply(trace.run);
    page.stage.show(trace, view, options.mode, this.pictures.nearest(view.step));
    page.strip.show(trace, view);
    page.playback.show(view, this.player.playing, live && !followed);
    page.figures.show(view);
    this.showCell();
    this.wantPicture(trace, view.step, followed);
    this.announcer.say(view.sentence, this.player.playing || followed);
    this.events.changed(options);
  }

  /** While a run goes on and is followed, the pictures come unasked: asking would slow the run down. */
  private wantPicture(trace: Trace, step: number, comesUnasked: boolean): void {
    const possible = this.session.state.known && trace.run.patch > 0 && runState(trace) !== 'failed';
    this.pictures.want(possible && !comesUnasked ? step : undefined);
  }

  private showCell(): void {
    const { trace } = this.session.state;
    const position = this.pointed ?? this.cursor;
    const cell = trace && position !== undefined ? cellView(trace, this.session.step, position) : undefined;
    this.page.stage.setCursor(position);
    this.page.inspector.show(cell);
  }

  private setOptions(change: Partial<ViewOptions>): void {
    this.options = { ...this.options, ...change };
    this.page.stage.setOptions(this.options);
    this.refresh();
  }

  /** The user's own move: playing ends. */
  private goTo(step: number): void {
    this.player.pause();
    this.session.goTo(step);
    // The slider may have been dragged beyond the newest step: it has to come back even if nothing changed.
    this.refresh();
  }

  private act(action: KeyAction): void {
    switch (action.kind) {
      case 'move-step':
        this.goTo(this.session.step + action.by);
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
        this.showCell();
        return;
    }
  }

  private moveCursor(by: { readonly rows: number; readonly columns: number }): void {
    const { trace } = this.session.state;
    if (!trace) return;
    this.pointed = undefined;
    this.cursor = moveCell(this.cursor, by, trace.snapshot);
    this.announcer.say(cellSentence(cellView(trace, this.session.step, this.cursor)), false);
    this.showCell();
  }

  private goToCell(position: number): void {
    const { trace } = this.session.state;
    const step = trace ? stepOfCell(trace, position) : 0;
    if (step > 0) this.goTo(step);
  }

  private makePage(root: HTMLElement): Page {
    return new Page(root, this.options, {
      command: (command) => {
        this.events.command(command);
      },
      showNewerRun: () => {
        this.session.showNewerRun();
      },
      setOptions: (change) => {
        this.setOptions(change);
      },
      act: (action) => {
        this.act(action);
      },
      goTo: (step) => {
        this.goTo(step);
      },
      setSpeed: (speed) => {
        this.player.setSpeed(speed);
        this.setOptions({ speed });
      },
      follow: () => {
        this.player.pause();
        this.session.follow();
      },
    });
  }

  private listen(): void {
    document.addEventListener('keydown', (event) => {
      this.onKey(event);
    });
    this.page.stage.onPointer(
      (position) => {
        this.pointed = position;
        this.showCell();
      },
      (position) => {
        this.cursor = position;
        this.goToCell(position);
      },
    );
    this.page.strip.onSeek((step) => {
      this.goTo(step);
    });
    observeTheme(() => {
      this.page.setPalette(readPalette());
    });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    if (!this.session.state.trace) return;
    const action = keyAction(event.key, this.focusOf(event.target));
    if (!action) return;
    event.preventDefault();
    this.act(action);
  }

  private focusOf(target: EventTarget | null): KeyFocus {
    if (target === this.page.stage.tokens.element) return 'grid';
    if (target === this.page.playback.slider) return 'step-slider';
    if (!(target instanceof Element)) return 'page';
    if (target.closest('vscode-button')) return 'button';
    return target.closest('input, vscode-dropdown, vscode-checkbox') ? 'other-control' : 'page';
  }
}

function playedRun(session: Session): ConstructorParameters<typeof Player>[0] {
  return {
    step: () => session.step,
    stepsDone: () => (session.state.trace ? stepsDone(session.state.trace) : 0),
    msOfStep: (step) => session.state.trace?.snapshot.stepMs[step - 1] ?? 0,
    goTo: (step) => {
      session.goTo(step);
    },
  };
}
