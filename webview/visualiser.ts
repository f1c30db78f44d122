import * as l10n from './l10n';
import { saidBy, type RenderForm, type WebviewCommand } from '../sidecar/protocol';
import type { Clock } from './clock';
import { element, setText } from './element';
import { EmptyState } from './empty-state';
import { animate } from './export/animation';
import { copyPicture } from './export/copy-picture';
import { StepPictures } from './export/step-pictures';
import { viewPicture } from './export/view-picture';
import type { Insights } from './insights';
import { KeyList } from './key-list';
import { keyAction, type KeyAction, type KeyFocus } from './keyboard';
import type { RunActions } from './panels/panel';
import { SPEEDS } from './panels/playback-controls';
import type { Pictures } from './pictures';
import { RunArea } from './run-area';
import { RunController, type RunPlace } from './run-controller';
import type { Session } from './session';
import { runIdOf, stepShown } from './shown-run';
import { stepsDone } from './trace';
import { PreparingLine } from './preparing-line';
import { observeTheme, readPalette } from './theme';
import type { ViewOptions } from './view-options';

export interface VisualiserEvents {
  /** @param place where the user looks; undefined where no run is on the page */
  command(command: WebviewCommand, runId: number, place?: RunPlace): void;
  /** The user's place or the options may have changed, so they are worth saving. */
  changed(options: ViewOptions): void;
}

/** A file that the page drew. */
interface DrawnFile {
  readonly bytes: Uint8Array;
  /** A sentence about it for the user. */
  readonly note?: string | undefined;
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
  private readonly preparing: PreparingLine;
  /** Text in this element is read aloud. */
  private readonly liveRegion = element('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
  private readonly keyList = new KeyList();
  private palette = readPalette();
  private frame: number | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly session: Session,
    private readonly pictures: Pictures,
    private readonly insights: Insights,
    private options: ViewOptions,
    private readonly clock: Clock,
    private readonly events: VisualiserEvents,
  ) {
    this.empty = new EmptyState(() => {
      this.events.command('generate', 0);
    });
    this.preparing = new PreparingLine(() => {
      this.events.command('cancel', 0);
    });
    root.append(
      this.preparing.element,
      this.areas,
      this.empty.element,
      this.keyList.element,
      this.liveRegion,
    );
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

  /** Says what is done before the next run begins; undefined: nothing. */
  showPreparing(text: string | undefined): void {
    this.preparing.show(text);
  }

  /** Shows what has changed, in the next animation frame. */
  readonly refresh = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.render();
    });
  };

  /** Makes a file of the first run on the page. @throws when there is none, or the window cannot make the file */
  async file(form: RenderForm): Promise<DrawnFile> {
    const { first } = this.session;
    if (!first) throw new Error(l10n.t('There is no run on the page.'));
    const { trace } = first;
    const pictures = this.pictures.of(runIdOf(first));
    switch (form.kind) {
      case 'view':
        await twoFrames();
        return { bytes: await viewPicture(this.onPage(runIdOf(first)).area.canvases, this.palette) };
      case 'animation': {
        const ofSteps = new StepPictures(trace, pictures, this.clock);
        const scene = { trace, mode: this.options.mode, palette: this.palette, pictures: ofSteps };
        return { bytes: await animate(scene, form), note: ofSteps.note };
      }
      case 'clipboard': {
        const picture = pictures?.nearest(stepsDone(trace));
        if (!picture) throw new Error(l10n.t('The run has no picture.'));
        await copyPicture(picture);
        return { bytes: new Uint8Array() };
      }
    }
  }

  private render(): void {
    const { state } = this.session;
    const isEmpty = state.runs.length === 0;
    const focused = document.activeElement;
    this.areas.hidden = isEmpty;
    this.empty.element.hidden = !isEmpty;
    if (isEmpty) this.empty.show(state);
    for (const run of state.runs) {
      const { controller, area } = this.onPage(runIdOf(run));
      area.show(controller.view(run, this.options));
    }
    this.keepFocus(focused);
    this.events.changed(this.options);
  }

  /** Moves the focus to another element of the page when the one that had it has gone. It never falls to the body. */
  private keepFocus(focused: Element | null): void {
    if (!focused || focused === document.body || isShown(focused)) return;
    const { first } = this.session;
    const home = first && this.runs.get(runIdOf(first))?.area.home;
    (home ?? this.empty.home).focus();
  }

  private onPage(runId: number): RunOnPage {
    const known = this.runs.get(runId);
    if (known) return known;
    const controller = new RunController(
      this.session,
      () => this.session.state.runs.find((run) => runIdOf(run) === runId),
      this.pictures,
      this.insights,
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
        this.act(action, controller);
      },
      goTo: (step) => {
        controller.goTo(step);
      },
      copyPicture: () => {
        const run = this.session.state.runs.find((each) => runIdOf(each) === runId);
        const picture = run && this.pictures.of(runId)?.nearest(stepShown(run));
        if (!picture) return;
        copyPicture(picture).then(
          () => {
            controller.tell(l10n.t('The picture is in the clipboard.'));
          },
          (error: unknown) => {
            this.session.note(l10n.said(saidBy(error)));
          },
        );
      },
      peek: (step) => {
        controller.peek(step);
      },
      setRange: (range) => {
        controller.setRange(range);
      },
      replay: () => {
        const speed = controller.slowSpeed(SPEEDS);
        for (const run of this.runs.values()) run.controller.player.setSpeed(speed);
        this.setOptions({ speed });
        controller.replay();
      },
      zoomAt: (by, at) => {
        controller.zoom.zoomAt(by, at);
      },
      pan: (by) => {
        controller.zoom.pan(by);
      },
      centre: (at) => {
        controller.zoom.centre(at);
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
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    // On many keyboards, Shift is needed for + and ?.
    if (event.shiftKey && event.key.length > 1) return;
    if (this.keyList.element.open) return;
    const { run, focus } = this.focused(event.target);
    const action = run && keyAction(event.key, focus);
    if (!action) return;
    event.preventDefault();
    this.act(action, run.controller);
  }

  /** Does what a key or a button asks for: some of it concerns the whole page, the rest one run. */
  private act(action: KeyAction, controller: RunController): void {
    if (action.kind === 'toggle-sight') this.setOptions({ sight: !this.options.sight });
    else if (action.kind === 'toggle-alternatives')
      this.setOptions({ alternatives: !this.options.alternatives });
    else if (action.kind === 'show-keys') this.keyList.open();
    else controller.act(action);
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

/** Resolves when the page has been drawn: the first frame may still lay out its elements. */
async function twoFrames(): Promise<void> {
  for (let i = 0; i < 2; i++)
    await new Promise((resolve) => {
      requestAnimationFrame(resolve);
    });
}

/** Whether an element is on the page, and not hidden. */
function isShown(target: Element): boolean {
  return target.isConnected && target.checkVisibility();
}
