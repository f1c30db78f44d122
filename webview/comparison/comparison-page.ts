import type { ComparisonCommand, PictureFrame, Side } from '../../sidecar/protocol';
import { ALIGNMENTS, placeOf, type AlignedRuns, type Alignment } from '../../sidecar/comparison/alignment';
import { Announcer } from '../announcer';
import { BY_STEP } from '../canvas/cell-colours';
import type { GridCanvas } from '../canvas/grid-canvas';
import type { Clock } from '../clock';
import { element, setText } from '../element';
import { keyAction, moveCell, type KeyAction, type KeyFocus } from '../keyboard';
import { RunPictures } from '../pictures';
import { Player, type PlaySpeed } from '../player';
import { observeTheme, readPalette, type Palette } from '../theme';
import { createButton } from '../toolkit';
import { isDecidedBy, stepOfCell, stepsDone } from '../trace';
import { CellTable } from './cell-table';
import {
  align,
  compare,
  pictureDifferences,
  runIdOfSide,
  SIDE_NAMES,
  type Comparison,
  type RecordedRun,
} from './comparison';
import { ComparisonFigures } from './comparison-figures';
import { ComparisonHeader } from './comparison-header';
import { ComparisonLayout } from './comparison-layout';
import { ComparisonPlayback } from './comparison-playback';
import {
  cellComparison,
  cellComparisonSentence,
  comparisonView,
  type ComparisonView,
} from './comparison-view';
import { DifferencePanel } from './difference-panel';
import { BY_PICTURE, BY_TOKEN, differenceMap, differenceModes, type DifferenceMode } from './difference-mode';
import { DividerCanvas } from './divider-canvas';
import { SidePanels } from './side-panels';

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
  /** Asks for the picture of a step. Returns the request's id, or undefined if nobody can draw now. */
  draw(side: Side, step: number): number | undefined;
  remember(state: RememberedComparison): void;
}

/** A run as the page gets it: its record, and the picture of its last step. */
export interface ArrivedRun extends RecordedRun {
  /** 8-bit RGB rows from the top; undefined for a run without a picture. */
  readonly picture: Pick<PictureFrame, 'width' | 'height' | 'rgb'> | undefined;
}

/** The page that compares two runs: everything on it follows from the runs, the place of the slider and the choices. */
export class ComparisonPage {
  private comparison: Comparison | undefined;
  private arrived: readonly [ArrivedRun, ArrivedRun] | undefined;
  private aligned: AlignedRuns | undefined;
  private place = Infinity;
  private by: Alignment;
  private mode: DifferenceMode;
  private speed: PlaySpeed;
  private cursor: number | undefined;
  private pointed: number | undefined;
  private canDraw = false;
  private pictures: readonly [RunPictures, RunPictures] | undefined;
  private pictureDifference: Float32Array | undefined;
  private frame: number | undefined;
  private announced: string | undefined;

  private readonly header: ComparisonHeader;
  private readonly notice = element('p', { class: 'notices', role: 'status', hidden: true });
  private readonly drawSteps: HTMLElement;
  private readonly sides = [new SidePanels(SIDE_NAMES[0]), new SidePanels(SIDE_NAMES[1])] as const;
  private readonly divider: DividerCanvas;
  private readonly dividerFigure: HTMLElement;
  private readonly difference: DifferencePanel;
  private readonly figures: ComparisonFigures;
  private readonly cell = new CellTable();
  private readonly playback: ComparisonPlayback;
  private readonly layout: ComparisonLayout;
  private readonly spoken = element('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
  private readonly area: HTMLElement;
  private readonly announcer: Announcer;
  private readonly player: Player;

  constructor(
    root: HTMLElement,
    private readonly clock: Clock,
    remembered: RememberedComparison | undefined,
    private readonly events: ComparisonEvents,
  ) {
    this.by = remembered?.by ?? ALIGNMENTS[0];
    this.mode = remembered?.mode ?? BY_TOKEN;
    this.speed = remembered?.speed ?? 10;
    this.place = remembered?.place ?? Infinity;
    this.header = new ComparisonHeader({
      swap: () => {
        this.swap();
      },
      compareWith: () => {
        events.command('compare-with');
      },
    });
    this.drawSteps = createButton('Draw Each Step', 'secondary', () => {
      events.command('draw-steps');
    }).element;
    this.divider = new DividerCanvas([this.sides[0].picture.element, this.sides[1].picture.element]);
    this.dividerFigure = element(
      'figure',
      { class: 'divided' },
      element('figcaption', {}, element('h2', {}, 'A left, B right')),
      this.divider.element,
    );
    this.difference = new DifferencePanel(this.mode, (mode) => {
      this.mode = mode;
      this.refresh();
    });
    this.figures = new ComparisonFigures({
      goToFirst: () => {
        this.goToDifference(-1);
      },
      goToNext: () => {
        this.goToDifference(this.cursor ?? -1);
      },
    });
    this.playback = new ComparisonPlayback(this.by, this.speed, {
      act: (action) => {
        this.act(action);
      },
      goTo: (place) => {
        this.goTo(place);
      },
      setAlignment: (by) => {
        this.setAlignment(by);
      },
      setSpeed: (speed) => {
        this.speed = speed;
        this.player.setSpeed(speed);
        this.refresh();
      },
    });
    const stage = element(
      'section',
      { class: 'comparison-stage', 'aria-label': 'Pictures, tokens and their difference' },
      this.sides[0].pictureFigure,
      this.sides[1].pictureFigure,
      this.dividerFigure,
      this.sides[0].tokenFigure,
      this.sides[1].tokenFigure,
      this.difference.element,
    );
    const side = element(
      'aside',
      { class: 'comparison-side', 'aria-label': 'Figures' },
      this.figures.element,
      this.cell.element,
    );
    this.area = element(
      'div',
      { class: 'comparison', hidden: true },
      this.header.element,
      this.drawSteps,
      stage,
      side,
      this.playback.element,
    );
    root.append(this.notice, this.area, this.spoken);
    this.layout = new ComparisonLayout(
      { root, area: this.area, header: this.header.element, playback: this.playback.element },
      (geometry) => {
        for (const canvas of this.gridCanvases()) canvas.setGeometry(geometry);
        for (const canvas of [this.divider, this.difference.byRow, this.difference.byColumn])
          canvas.setGeometry(geometry);
      },
      this.refresh,
    );
    this.announcer = new Announcer(clock, (sentence) => {
      setText(this.spoken, sentence);
    });
    this.player = new Player(
      {
        step: () => this.view()?.place ?? 0,
        stepsDone: () => this.lastPlace(),
        msOfStep: (place) => this.msOfPlace(place),
        goTo: (place) => {
          this.place = place;
          this.refresh();
        },
      },
      clock,
      this.refresh,
    );
    this.player.setSpeed(this.speed);
    this.listen();
    this.setPalette(readPalette());
    observeTheme(() => {
      this.setPalette(readPalette());
    });
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
    this.aligned = align(this.comparison, this.by);
    this.pictureDifference = undefined;
    for (const pictures of this.pictures ?? []) pictures.dispose();
    this.pictures = [this.picturesOf(0), this.picturesOf(1)];
    for (const [side, run] of runs.entries()) {
      const [pictures, runId] = [this.pictures[side === 0 ? 0 : 1], runIdOfSide(side === 0 ? 0 : 1)];
      if (run.picture) pictures.received({ runId, id: 0, step: run.record.snapshot.step, ...run.picture });
    }
    const [a, b] = runs;
    if (a.picture && b.picture)
      this.pictureDifference = pictureDifferences(
        pictureOf(a.picture),
        pictureOf(b.picture),
        this.comparison.difference.grid,
      );
    this.notice.hidden = true;
    this.area.hidden = false;
    this.layout.spoil();
    this.refresh();
  }

  /** Says in one sentence what went wrong. */
  tell(sentence: string): void {
    this.notice.hidden = false;
    setText(this.notice, sentence);
  }

  setCanDraw(canDraw: boolean): void {
    this.canDraw = canDraw;
    if (canDraw) for (const pictures of this.pictures ?? []) pictures.reconnected();
    this.refresh();
  }

  /** @param id of the request that the picture answers */
  drawn(side: Side, id: number, step: number, picture: Pick<PictureFrame, 'width' | 'height' | 'rgb'>): void {
    this.pictures?.[side].received({ runId: runIdOfSide(side), id, step, ...picture });
  }

  notDrawn(side: Side, id: number, reason: string): void {
    this.pictures?.[side].failed(id);
    this.tell(reason);
  }

  private picturesOf(side: Side): RunPictures {
    return new RunPictures(
      runIdOfSide(side),
      (_, step) => (this.canDraw ? this.events.draw(side, step) : undefined),
      this.clock,
      this.refresh,
    );
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

  private view(): ComparisonView | undefined {
    return (
      this.comparison && this.aligned && comparisonView(this.comparison, this.aligned, this.by, this.place)
    );
  }

  private render(): void {
    const { comparison, pictures } = this;
    const view = this.view();
    if (!comparison || !view || !pictures) return;
    const steps = [view.sides[0].step, view.sides[1].step] as const;
    const hasPictures = comparison.runs.some(({ trace }) => trace.run.patch > 0);
    this.header.show(comparison);
    for (const side of [0, 1] as const) {
      const { trace } = comparison.runs[side];
      pictures[side].want(this.canDraw && trace.run.patch > 0 ? steps[side] : undefined);
      this.sides[side].show(trace, view.sides[side], pictures[side].nearest(steps[side]), BY_STEP);
    }
    this.dividerFigure.hidden = !hasPictures;
    const isWithinRun = comparison.runs.some(({ trace }, side) => {
      const step = steps[side] ?? 0;
      return step > 0 && step < stepsDone(trace);
    });
    this.drawSteps.hidden = this.canDraw || !hasPictures || !isWithinRun;
    const choices = differenceModes(comparison, this.pictureDifference !== undefined);
    const mode = choices.some(([value]) => value === this.mode) ? this.mode : BY_TOKEN;
    const map = differenceMap(
      comparison,
      steps,
      mode,
      mode === BY_PICTURE ? this.pictureDifference : undefined,
    );
    const first = this.firstInSight(comparison, steps);
    this.difference.show(comparison, map, first, choices, mode);
    this.figures.show(comparison, view);
    const at = this.pointed ?? this.cursor;
    this.cell.show(at === undefined ? undefined : cellComparison(comparison, view, at));
    for (const canvas of this.gridCanvases()) canvas.setCursor(at, undefined);
    this.playback.show(view, this.player.playing);
    this.layout.apply(comparison.difference.grid, hasPictures);
    this.divider.show();
    this.announce(view.sentence);
    const { runs } = comparison;
    const { by, speed } = this;
    this.events.remember({
      files: [runs[0].file, runs[1].file],
      ...(view.place < view.lastPlace && { place: view.place }),
      ...{ by, mode, speed },
    });
  }

  /** Where the runs part, once both have come to it. */
  private firstInSight(
    { runs, difference }: Comparison,
    steps: readonly [number, number],
  ): number | undefined {
    const position = difference.first?.position;
    if (position === undefined) return undefined;
    return runs.every(({ trace }, side) => isDecidedBy(trace, position, steps[side] ?? 0))
      ? position
      : undefined;
  }

  private announce(sentence: string): void {
    if (sentence === this.announced) return;
    this.announced = sentence;
    this.announcer.say(sentence, this.player.playing);
  }

  private gridCanvases(): readonly GridCanvas[] {
    return [...this.sides.flatMap(({ picture, tokens }) => [picture, tokens]), this.difference.canvas];
  }

  private setPalette(palette: Palette): void {
    for (const part of [...this.sides, this.divider, this.difference]) part.setPalette(palette);
    this.refresh();
  }

  private listen(): void {
    for (const canvas of this.gridCanvases()) {
      canvas.element.addEventListener('pointermove', (event) => {
        this.point(canvas.cellUnder(event));
      });
      canvas.element.addEventListener('pointerleave', () => {
        this.point(undefined);
      });
      canvas.element.addEventListener('click', (event) => {
        const position = canvas.cellUnder(event);
        if (position !== undefined) this.choose(position);
      });
    }
    document.addEventListener('keydown', (event) => {
      this.onKey(event);
    });
  }

  private point(position: number | undefined): void {
    if (position === this.pointed) return;
    this.pointed = position;
    this.refresh();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    const focus = this.focusOf(event.target);
    if (event.key.toLowerCase() === 'n' && focus !== 'other-control') {
      event.preventDefault();
      this.goToDifference(this.cursor ?? -1);
      return;
    }
    const action = keyAction(event.key, focus);
    if (!action) return;
    event.preventDefault();
    this.act(action);
  }

  private focusOf(target: EventTarget | null): KeyFocus {
    if (!(target instanceof Element)) return 'page';
    if (this.gridCanvases().some((canvas) => canvas.element === target)) return 'grid';
    if (target === this.playback.slider) return 'step-slider';
    if (target.closest('vscode-button')) return 'button';
    return target.closest('input, vscode-dropdown, .divider') ? 'other-control' : 'page';
  }

  private act(action: KeyAction): void {
    const place = this.view()?.place ?? 0;
    switch (action.kind) {
      case 'move-step':
        this.goTo(place + action.by);
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
        if (this.cursor !== undefined) this.choose(this.cursor);
        return;
      case 'leave-cell':
        this.cursor = undefined;
        this.refresh();
        return;
      // Only the page of one run has these.
      case 'zoom':
      case 'whole-grid':
      case 'begin-range':
      case 'end-range':
      case 'toggle-loop':
      case 'toggle-sight':
      case 'toggle-alternatives':
      case 'show-keys':
        return;
    }
  }

  private goTo(place: number): void {
    this.player.pause();
    this.place = Math.min(Math.max(place, 0), this.lastPlace());
    this.refresh();
  }

  private setAlignment(by: Alignment): void {
    const { comparison } = this;
    const view = this.view();
    this.by = by;
    if (!comparison || !view) return;
    this.player.pause();
    this.aligned = align(comparison, by);
    this.place = view.place === view.lastPlace ? Infinity : placeOf(this.aligned, 0, view.sides[0].step);
    this.refresh();
  }

  private moveCursor(by: { readonly rows: number; readonly columns: number }): void {
    const view = this.view();
    if (!this.comparison || !view) return;
    this.pointed = undefined;
    this.cursor = moveCell(this.cursor, by, this.comparison.runs[0].trace.snapshot);
    this.sayCell(this.comparison, view, this.cursor);
    this.refresh();
  }

  /** Goes to the first place at which both runs have decided a cell. If only one run decided it, goes to the place of that decision. */
  private choose(position: number): void {
    const { comparison, aligned } = this;
    this.cursor = position;
    if (!comparison || !aligned) return;
    const places = ([0, 1] as const).flatMap((side) => {
      const step = stepOfCell(comparison.runs[side].trace, position);
      return step > 0 ? [placeOf(aligned, side, step)] : [];
    });
    if (places.length > 0) this.goTo(Math.max(...places));
    const view = this.view();
    if (view) this.sayCell(comparison, view, position);
    this.refresh();
  }

  /** Goes to the next differing cell after a position, and from the last one to the first. */
  private goToDifference(after: number): void {
    const differing = this.comparison?.difference.differing ?? [];
    const next = differing.find((position) => position > after) ?? differing[0];
    if (next !== undefined) this.choose(next);
  }

  private sayCell(comparison: Comparison, view: ComparisonView, position: number): void {
    this.announced = view.sentence;
    this.announcer.say(cellComparisonSentence(cellComparison(comparison, view, position)), false);
  }

  private lastPlace(): number {
    return (this.aligned?.values.length ?? 1) - 1;
  }

  /** Time from the place before to this place, in ms, when both runs are played as they were decoded. */
  private msOfPlace(place: number): number {
    const { comparison, aligned } = this;
    if (!comparison || !aligned || place < 1) return 0;
    const times = ([0, 1] as const).map((side) => {
      const { stepMs } = comparison.runs[side].trace.snapshot;
      const [from, to] = [aligned.steps[side][place - 1] ?? 0, aligned.steps[side][place] ?? 0];
      return stepMs.subarray(from, to).reduce((sum, ms) => sum + ms, 0);
    });
    return this.by === 'time'
      ? (aligned.values[place] ?? 0) - (aligned.values[place - 1] ?? 0)
      : Math.max(...times);
  }
}

function pictureOf(picture: Pick<PictureFrame, 'width' | 'height' | 'rgb'>): PictureFrame {
  return { runId: 0, step: 0, id: 0, ...picture };
}
