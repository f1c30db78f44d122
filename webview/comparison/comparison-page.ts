import type { ComparisonCommand, Side } from '../../sidecar/protocol';
import { ALIGNMENTS, type Alignment } from '../../sidecar/comparison/alignment';
import { Announcer } from '../announcer';
import type { Clock } from '../clock';
import { element, setText } from '../element';
import { keyAction } from '../keyboard';
import type { PlaySpeed } from '../player';
import { observeTheme, readPalette } from '../theme';
import { ComparedPictures, type ArrivedRun, type DrawStep, type Pixels } from './compared-pictures';
import { compare, type Comparison } from './comparison';
import { ComparisonArea, type ComparisonAreaActions } from './comparison-area';
import { ComparisonController } from './comparison-controller';
import type { ComparisonView } from './comparison-view';
import { BY_TOKEN, type DifferenceMode } from './difference-mode';

/** What remains when a hidden webview is destroyed. The host reads the files after a reload. */
export interface RememberedComparison {
  /** URIs of the files. */
  readonly files: readonly [string, string];
  /** Undefined at the end of both runs. */
  readonly place?: number | undefined;
  readonly by: Alignment;
  readonly mode: DifferenceMode;
  readonly speed: PlaySpeed;
}

export interface ComparisonEvents {
  command(command: ComparisonCommand): void;
  readonly draw: DrawStep;
  remember(state: RememberedComparison): void;
}

/** The page that compares two runs: everything on it follows from the runs, the place of the slider and the choices. */
export class ComparisonPage {
  private comparison: Comparison | undefined;
  private arrived: readonly [ArrivedRun, ArrivedRun] | undefined;
  private pictures: ComparedPictures | undefined;
  private mode: DifferenceMode;
  private speed: PlaySpeed;
  private canDraw = false;
  private frame: number | undefined;

  private readonly notice = element('p', { class: 'notices', role: 'status', hidden: true });
  private readonly area: ComparisonArea;
  private readonly controller: ComparisonController;

  constructor(
    root: HTMLElement,
    private readonly clock: Clock,
    remembered: RememberedComparison | undefined,
    private readonly events: ComparisonEvents,
  ) {
    this.mode = remembered?.mode ?? BY_TOKEN;
    this.speed = remembered?.speed ?? 10;
    const spoken = element('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
    const announcer = new Announcer(clock, (sentence) => {
      setText(spoken, sentence);
    });
    const by = remembered?.by ?? ALIGNMENTS[0];
    const place = remembered?.place ?? Infinity;
    this.controller = new ComparisonController(by, place, clock, announcer, this.refresh);
    this.controller.setSpeed(this.speed);
    const { mode, speed } = this;
    this.area = new ComparisonArea(root, { by, mode, speed }, this.actions(), this.refresh);
    root.append(this.notice, this.area.element, spoken);
    document.addEventListener('keydown', (event) => {
      this.onKey(event);
    });
    const setPalette = (): void => {
      this.area.setPalette(readPalette());
      this.refresh();
    };
    setPalette();
    observeTheme(setPalette);
  }

  /** Shows two runs. If they cannot be compared, the page says why. */
  showRuns(runs: readonly [ArrivedRun, ArrivedRun]): void {
    try {
      this.comparison = compare(...runs);
    } catch (error) {
      this.tell(error instanceof Error ? error.message : String(error));
      return;
    }
    this.arrived = runs;
    this.controller.show(this.comparison);
    this.pictures?.dispose();
    this.pictures = new ComparedPictures(runs, this.events.draw, this.clock, this.refresh);
    this.pictures.setCanDraw(this.canDraw);
    this.notice.hidden = true;
    this.area.appear();
    this.refresh();
  }

  /** Says in one sentence what went wrong. */
  tell(sentence: string): void {
    this.notice.hidden = false;
    setText(this.notice, sentence);
  }

  setCanDraw(canDraw: boolean): void {
    this.canDraw = canDraw;
    this.pictures?.setCanDraw(canDraw);
    this.refresh();
  }

  /** @param id of the request that the picture answers */
  drawn(side: Side, id: number, step: number, picture: Pixels): void {
    this.pictures?.drawn(side, id, step, picture);
  }

  notDrawn(side: Side, id: number, reason: string): void {
    this.pictures?.notDrawn(side, id);
    this.tell(reason);
  }

  private actions(): ComparisonAreaActions {
    const { controller } = this;
    return {
      command: (command) => {
        this.events.command(command);
      },
      swap: () => {
        this.swap();
      },
      act: (action) => {
        controller.act(action);
      },
      goTo: (place) => {
        controller.goTo(place);
      },
      goToFirst: () => {
        controller.goToFirstDifference();
      },
      goToNext: () => {
        controller.goToNextDifference();
      },
      setAlignment: (by) => {
        controller.setAlignment(by);
      },
      setSpeed: (speed) => {
        this.speed = speed;
        controller.setSpeed(speed);
      },
      setMode: (mode) => {
        this.mode = mode;
        this.refresh();
      },
      point: (position) => {
        controller.point(position);
      },
      choose: (position) => {
        controller.choose(position);
      },
    };
  }

  private swap(): void {
    if (!this.arrived) return;
    const [a, b] = this.arrived;
    this.showRuns([b, a]);
  }

  private readonly refresh = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.render();
    });
  };

  private render(): void {
    const { comparison, controller, pictures, mode, canDraw } = this;
    const view = controller.view();
    if (!comparison || !view || !pictures) return;
    const [a, b] = comparison.runs;
    this.area.show({
      ...{ comparison, view, mode, canDraw },
      pictures: [pictures.at(0, a.trace, view.sides[0].step), pictures.at(1, b.trace, view.sides[1].step)],
      pictureDifference: pictures.difference,
      cell: controller.cell,
      isPlaying: controller.player.playing,
    });
    controller.announce(view);
    this.remember(comparison, view);
  }

  private remember({ runs }: Comparison, { place, lastPlace }: ComparisonView): void {
    const { mode, speed, controller } = this;
    this.events.remember({
      files: [runs[0].file, runs[1].file],
      ...(place < lastPlace && { place }),
      ...{ by: controller.by, mode, speed },
    });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    const focus = this.area.focusOf(event.target);
    if (event.key.toLowerCase() === 'n' && focus !== 'other-control') {
      event.preventDefault();
      this.controller.goToNextDifference();
      return;
    }
    const action = keyAction(event.key, focus);
    if (!action) return;
    event.preventDefault();
    this.controller.act(action);
  }
}
