import { saidBy, type ComparisonCommand, type Side } from '../../sidecar/protocol';
import { ALIGNMENTS, type Alignment } from '../../sidecar/comparison/alignment';
import { Announcer } from '../announcer';
import type { Clock } from '../clock';
import { element, setText } from '../element';
import { keyAction } from '../keyboard';
import * as l10n from '../l10n';
import type { PlaySpeed } from '../player';
import { observeTheme, readPalette } from '../theme';
import { ComparedPictures, type ArrivedRun, type DrawStep, type Pixels } from './compared-pictures';
import { compare, withLikelihoods, type Comparison, type TwoLikelihoods } from './comparison';
import { ComparisonArea, type ComparisonAreaActions } from './comparison-area';
import { ComparisonController } from './comparison-controller';
import type { ComparisonView } from './comparison-view';
import { BY_TOKEN, type DifferenceMode } from './difference-mode';
import { exchanged, UNKNOWN_LIKELIHOODS, type Likelihoods } from './likelihoods';

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

/** What the page asks of the host. Sides are those of the files that the host sent: the user may have exchanged A and B. */
export interface ComparisonEvents {
  command(command: ComparisonCommand, side: Side): void;
  readonly draw: DrawStep;
  /** Asks how likely the runs are. @param isAsked whether the user asked */
  score(isAsked: boolean): void;
  remember(state: RememberedComparison): void;
}

/** The page that compares two runs: everything on it follows from the runs, the place of the slider and the choices. */
export class ComparisonPage {
  private comparison: Comparison | undefined;
  private arrived: readonly [ArrivedRun, ArrivedRun] | undefined;
  private pictures: ComparedPictures | undefined;
  private likelihoods = UNKNOWN_LIKELIHOODS;
  /** Whether A is the second file of the host. */
  private isSwapped = false;
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

  /** Shows the runs of the host's files. If they cannot be compared, the page says why. */
  showRuns(runs: readonly [ArrivedRun, ArrivedRun]): void {
    this.isSwapped = false;
    this.likelihoods = UNKNOWN_LIKELIHOODS;
    this.show(runs);
    if (this.canDraw) this.score(false);
  }

  private show(runs: readonly [ArrivedRun, ArrivedRun]): void {
    try {
      this.comparison = compare(...runs);
    } catch (error) {
      this.tell(l10n.said(saidBy(error)));
      return;
    }
    this.arrived = runs;
    this.pictures?.dispose();
    const draw: DrawStep = (side, step) => this.events.draw(this.exchangedSide(side), step);
    this.pictures = new ComparedPictures(runs, draw, this.clock, this.refresh);
    this.pictures.setCanDraw(this.canDraw);
    this.controller.show(this.comparison, this.pictures.difference);
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
    if (canDraw && this.likelihoods === UNKNOWN_LIKELIHOODS) this.score(false);
    this.refresh();
  }

  /** The model computed how likely the runs are. */
  scored([first, second]: TwoLikelihoods): void {
    const nll: TwoLikelihoods = this.isSwapped ? [second, first] : [first, second];
    this.showLikelihoods({ kind: 'known', nll });
  }

  /** @param reason why nobody computed how likely the runs are, in a sentence */
  notScored(reason: string): void {
    this.showLikelihoods({ kind: 'unknown', reason });
  }

  /** @param id of the request that the picture answers */
  drawn(side: Side, id: number, step: number, picture: Pixels): void {
    this.pictures?.drawn(this.exchangedSide(side), id, step, picture);
  }

  notDrawn(side: Side, id: number, reason: string): void {
    this.pictures?.notDrawn(this.exchangedSide(side), id);
    this.tell(reason);
  }

  private actions(): ComparisonAreaActions {
    const { controller } = this;
    return {
      command: (command) => {
        this.events.command(command, this.exchangedSide(0));
      },
      score: () => {
        this.score(true);
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
      zoomAt: (by, at) => {
        controller.zoom.zoomAt(by, at);
      },
      pan: (by) => {
        controller.zoom.pan(by);
      },
      centre: (at) => {
        controller.zoom.centre(at);
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
    this.isSwapped = !this.isSwapped;
    this.show([b, a]);
    this.showLikelihoods(exchanged(this.likelihoods));
  }

  /** The host's side for one of the page, and the page's for one of the host. */
  private exchangedSide(side: Side): Side {
    return this.isSwapped === (side === 0) ? 1 : 0;
  }

  private score(isAsked: boolean): void {
    if (!this.comparison) return;
    this.showLikelihoods({ kind: 'waiting' });
    this.events.score(isAsked);
  }

  private showLikelihoods(likelihoods: Likelihoods): void {
    this.likelihoods = likelihoods;
    if (this.comparison && likelihoods.kind === 'known') {
      this.comparison = withLikelihoods(this.comparison, likelihoods.nll);
      this.controller.show(this.comparison, this.pictures?.difference);
    }
    this.refresh();
  }

  private readonly refresh = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.render();
    });
  };

  private render(): void {
    const { comparison, controller, pictures, likelihoods, mode, canDraw } = this;
    const view = controller.view();
    if (!comparison || !view || !pictures) return;
    const [a, b] = comparison.runs;
    this.area.show({
      ...{ comparison, view, likelihoods, mode, canDraw },
      pictures: [pictures.at(0, a.trace, view.sides[0].step), pictures.at(1, b.trace, view.sides[1].step)],
      pictureDifference: pictures.difference,
      cell: controller.cell,
      zoom: controller.zoom.part,
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
