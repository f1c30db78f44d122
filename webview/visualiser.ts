import type { WebviewCommand } from '../sidecar/protocol';
import type { Clock } from './clock';
import { element, setText } from './element';
import { EmptyState } from './empty-state';
import { keyAction, type KeyFocus } from './keyboard';
import type { RunActions } from './panels/panel';
import type { Pictures } from './pictures';
import { RunArea } from './run-area';
import { RunController, type RunPlace } from './run-controller';
import type { Session } from './session';
import { runIdOf } from './shown-run';
import { observeTheme, readPalette } from './theme';
import type { ViewOptions } from './view-options';

export interface VisualiserEvents {
  /** @param place where the user looks; undefined where no run is on the page */
  command(command: WebviewCommand, runId: number, place?: RunPlace): void;
  /** The user's place or the options may have changed, so they are worth saving. */
  changed(options: ViewOptions): void;
}

/** A run on the page: its controller, and its area. */
interface RunOnPage {
  readonly controller: RunController;
  readonly area: RunArea;
}

/** Shows each run as `f(trace, step)`, at most once in an animation frame. Passes the user's actions on. */
export class Visualiser {
  private readonly runs = new Map<number, RunOnPage>();
  private readonly areas = element('div', { class: 'runs' });
  private readonly empty: EmptyState;
  /** Text in this element is read aloud. */
  private readonly liveRegion = element('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
  private palette = readPalette();
  private frame: number | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly session: Session,
    private readonly pictures: Pictures,
    private options: ViewOptions,
    private readonly clock: Clock,
    private readonly events: VisualiserEvents,
  ) {
    this.empty = new EmptyState(() => {
      this.events.command('generate', 0);
    });
    root.append(this.areas, this.empty.element, this.liveRegion);
    document.addEventListener('keydown', (event) => {
      this.onKey(event);
    });
    observeTheme(() => {
      this.palette = readPalette();
      for (const { area } of this.runs.values()) area.setPalette(this.palette);
    });
    this.refresh();
  }

  /** Removes a run that left the page, or that another run with the same id replaces. */
  forget(runId: number): void {
    const run = this.runs.get(runId);
    run?.controller.player.pause();
    run?.area.dispose();
    this.runs.delete(runId);
  }

  /** Shows what has changed, in the next animation frame. */
  readonly refresh = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.render();
    });
  };

  private render(): void {
    const { state } = this.session;
    const isEmpty = state.runs.length === 0;
    this.areas.hidden = isEmpty;
    this.empty.element.hidden = !isEmpty;
    if (isEmpty) this.empty.show(state);
    for (const run of state.runs) {
      const { controller, area } = this.onPage(runIdOf(run));
      area.show(controller.view(run, this.options));
    }
    this.events.changed(this.options);
  }

  private onPage(runId: number): RunOnPage {
    const known = this.runs.get(runId);
    if (known) return known;
    const controller = new RunController(
      this.session,
      () => this.session.state.runs.find((run) => runIdOf(run) === runId),
      this.pictures,
      this.clock,
      this.refresh,
      (sentence) => {
        setText(this.liveRegion, sentence);
      },
    );
    controller.player.setSpeed(this.options.speed);
    const area = new RunArea(this.root, this.options, this.actionsOf(runId, controller), this.refresh);
    area.setPalette(this.palette);
    this.areas.append(area.element);
    const made = { controller, area };
    this.runs.set(runId, made);
    return made;
  }

  private actionsOf(runId: number, controller: RunController): RunActions {
    return {
      command: (command) => {
        this.events.command(command, runId, controller.place());
      },
      showNewerRun: () => {
        this.session.showNewerRun();
      },
      setOptions: (change) => {
        this.setOptions(change);
      },
      setSpeed: (speed) => {
        for (const run of this.runs.values()) run.controller.player.setSpeed(speed);
        this.setOptions({ speed });
      },
      act: (action) => {
        controller.act(action);
      },
      goTo: (step) => {
        controller.goTo(step);
      },
      follow: () => {
        controller.follow();
      },
      point: (position) => {
        controller.point(position);
      },
      choose: (position) => {
        controller.choose(position);
      },
    };
  }

  private setOptions(change: Partial<ViewOptions>): void {
    this.options = { ...this.options, ...change };
    this.refresh();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    const { run, focus } = this.focused(event.target);
    const action = run && keyAction(event.key, focus);
    if (!action) return;
    event.preventDefault();
    run.controller.act(action);
  }

  /** The run whose area has the focus. Keys outside all areas go to the first run. */
  private focused(target: EventTarget | null): { run: RunOnPage | undefined; focus: KeyFocus } {
    for (const run of this.runs.values()) {
      const focus = run.area.focusOf(target);
      if (focus) return { run, focus };
    }
    const { first } = this.session;
    return { run: first && this.runs.get(runIdOf(first)), focus: 'page' };
  }
}
