import type { ComparisonCommand, PictureFrame } from '../../sidecar/protocol';
import type { Alignment } from '../../sidecar/comparison/alignment';
import { BY_STEP } from '../canvas/cell-colours';
import type { GridCanvas } from '../canvas/grid-canvas';
import { element } from '../element';
import { listenToPointer, listenToWheel, type GridActions } from '../grid-pointer';
import type { GridZoom } from '../grid-zoom';
import { ICONS } from '../icons';
import type { KeyAction, KeyFocus } from '../keyboard';
import * as l10n from '../l10n';
import type { PlaySpeed } from '../player';
import type { Palette } from '../theme';
import { createButton, createIconButton } from '../toolkit';
import { isDecidedBy, stepsDone } from '../trace';
import { CellTable } from './cell-table';
import { SIDE_NAMES, type Comparison } from './comparison';
import { ComparisonFigures, type FigureActions } from './comparison-figures';
import { ComparisonHeader } from './comparison-header';
import { ComparisonLayout } from './comparison-layout';
import { ComparisonPlayback } from './comparison-playback';
import { cellComparison, type ComparisonView } from './comparison-view';
import { BY_PICTURE, BY_TOKEN, differenceMap, differenceModes, type DifferenceMode } from './difference-mode';
import { DifferencePanel } from './difference-panel';
import { DividerCanvas } from './divider-canvas';
import type { Likelihoods } from './likelihoods';
import { SidePanels } from './side-panels';

/** Zoom for one press of a button. The keys + and − have the same. */
const ZOOM_A_PRESS = 1.5;

/** All that the area shows: two runs at one place, and what the user chose. */
export interface ShownComparison {
  readonly comparison: Comparison;
  readonly view: ComparisonView;
  readonly pictures: readonly [PictureFrame | undefined, PictureFrame | undefined];
  /** How far the pictures differ in each cell, 0..1; undefined where a run has none. */
  readonly pictureDifference: Float32Array | undefined;
  readonly likelihoods: Likelihoods;
  /** Raster position of the cell under the pointer or the keyboard's cursor. */
  readonly cell: number | undefined;
  /** The part of the grid that all squares show. */
  readonly zoom: GridZoom;
  readonly mode: DifferenceMode;
  readonly isPlaying: boolean;
  /** Whether somebody can draw the steps within the runs. */
  readonly canDraw: boolean;
}

/** Requests that the area sends when the user acts. */
export interface ComparisonAreaActions extends FigureActions, GridActions {
  command(command: ComparisonCommand): void;
  swap(): void;
  act(action: KeyAction): void;
  goTo(place: number): void;
  setAlignment(by: Alignment): void;
  setSpeed(speed: PlaySpeed): void;
  setMode(mode: DifferenceMode): void;
}

/** What the controls show at first. */
interface FirstChoices {
  readonly by: Alignment;
  readonly mode: DifferenceMode;
  readonly speed: PlaySpeed;
}

/** Everything of a comparison on the page, arranged to fit the window. */
export class ComparisonArea {
  readonly element: HTMLElement;
  private readonly header: ComparisonHeader;
  private readonly drawSteps: HTMLElement;
  private readonly sides = [new SidePanels(SIDE_NAMES[0]), new SidePanels(SIDE_NAMES[1])] as const;
  private readonly divider: DividerCanvas;
  private readonly dividerFigure: HTMLElement;
  private readonly out: ReturnType<typeof createIconButton>;
  private readonly difference: DifferencePanel;
  private readonly figures: ComparisonFigures;
  private readonly cell = new CellTable();
  private readonly playback: ComparisonPlayback;
  private readonly layout: ComparisonLayout;

  /** @param onStale called when the room has changed: the area has to be shown again */
  constructor(
    root: HTMLElement,
    { by, mode, speed }: FirstChoices,
    actions: ComparisonAreaActions,
    onStale: () => void,
  ) {
    this.header = new ComparisonHeader({
      swap: () => {
        actions.swap();
      },
      compareWith: () => {
        actions.command('compare-with');
      },
    });
    this.drawSteps = createButton(l10n.t('Draw Each Step'), 'secondary', () => {
      actions.command('draw-steps');
    }).element;
    this.divider = new DividerCanvas([this.sides[0].picture.element, this.sides[1].picture.element]);
    this.dividerFigure = element(
      'figure',
      { class: 'divided' },
      element('figcaption', {}, element('h2', {}, l10n.t('A left, B right'))),
      this.divider.element,
    );
    this.out = createIconButton(ICONS.zoomOut, l10n.t('Zoom out (−)'), () => {
      actions.act({ kind: 'zoom', by: 1 / ZOOM_A_PRESS });
    });
    const zoomIn = createIconButton(ICONS.zoomIn, l10n.t('Zoom in (+)'), () => {
      actions.act({ kind: 'zoom', by: ZOOM_A_PRESS });
    });
    const zoom = element(
      'div',
      { class: 'zoom', role: 'group', 'aria-label': l10n.t('Zoom') },
      this.out.element,
      zoomIn.element,
    );
    this.difference = new DifferencePanel(mode, zoom, (chosen) => {
      actions.setMode(chosen);
    });
    this.figures = new ComparisonFigures(actions);
    this.playback = new ComparisonPlayback(by, speed, actions);
    const stage = element(
      'section',
      { class: 'comparison-stage', 'aria-label': l10n.t('Pictures, tokens and their difference') },
      this.sides[0].pictureFigure,
      this.sides[1].pictureFigure,
      this.dividerFigure,
      this.sides[0].tokenFigure,
      this.sides[1].tokenFigure,
      this.difference.element,
    );
    const side = element(
      'aside',
      { class: 'comparison-side', 'aria-label': l10n.t('Figures') },
      this.figures.element,
      this.cell.element,
    );
    this.element = element(
      'div',
      { class: 'comparison', hidden: true },
      this.header.element,
      this.drawSteps,
      stage,
      side,
      this.playback.element,
    );
    this.layout = new ComparisonLayout(
      { root, area: this.element, header: this.header.element, playback: this.playback.element },
      (geometry) => {
        for (const canvas of this.gridCanvases()) canvas.setGeometry(geometry);
        for (const canvas of [this.divider, this.difference.byRow, this.difference.byColumn])
          canvas.setGeometry(geometry);
      },
      onStale,
    );
    for (const canvas of this.gridCanvases()) listenToPointer(canvas, actions);
    listenToWheel(this.divider, actions);
  }

  /** Shows the area, and measures its room again. */
  appear(): void {
    this.element.hidden = false;
    this.layout.spoil();
  }

  setPalette(palette: Palette): void {
    for (const part of [...this.sides, this.divider, this.difference]) part.setPalette(palette);
  }

  show(shown: ShownComparison): void {
    const { comparison, view, pictures, pictureDifference, cell } = shown;
    const steps = [view.sides[0].step, view.sides[1].step] as const;
    const hasPictures = comparison.runs.some(({ trace }) => trace.run.patch > 0);
    this.header.show(comparison);
    for (const side of [0, 1] as const)
      this.sides[side].show(comparison.runs[side].trace, view.sides[side], pictures[side], BY_STEP);
    this.dividerFigure.hidden = !hasPictures;
    this.drawSteps.hidden = shown.canDraw || !hasPictures || !isWithinRun(comparison, steps);
    this.showDifference(shown, steps);
    this.figures.show(comparison, view, shown.likelihoods);
    this.cell.show(
      cell === undefined ? undefined : cellComparison(comparison, view, cell, pictureDifference),
    );
    this.showZoom(shown.zoom);
    for (const canvas of this.gridCanvases()) canvas.setCursor(cell, undefined);
    this.playback.show(view, shown.isPlaying);
    this.layout.apply(comparison.difference.grid, hasPictures);
    this.divider.show();
  }

  /** The part of the area that an event is for, as the keyboard handling distinguishes it. */
  focusOf(target: EventTarget | null): KeyFocus {
    if (!(target instanceof Element)) return 'page';
    if (this.gridCanvases().some((canvas) => canvas.element === target)) return 'grid';
    if (target === this.playback.slider.element) return 'step-slider';
    if (target.closest('vscode-button')) return 'button';
    return target.closest('input, vscode-dropdown, .divider') ? 'other-control' : 'page';
  }

  private showDifference(shown: ShownComparison, steps: readonly [number, number]): void {
    const { comparison, pictureDifference } = shown;
    const choices = differenceModes(comparison, pictureDifference !== undefined);
    const mode = choices.some(([value]) => value === shown.mode) ? shown.mode : BY_TOKEN;
    const pictures = mode === BY_PICTURE ? pictureDifference : undefined;
    const map = differenceMap(comparison, steps, mode, pictures);
    this.difference.show(comparison, map, firstInSight(comparison, steps), choices, mode);
  }

  private showZoom(zoom: GridZoom): void {
    const { byRow, byColumn } = this.difference;
    for (const canvas of [...this.gridCanvases(), byRow, byColumn]) canvas.setZoom(zoom);
    this.out.setEnabled(zoom.factor > 1);
  }

  private gridCanvases(): readonly GridCanvas[] {
    return [...this.sides.flatMap(({ picture, tokens }) => [picture, tokens]), this.difference.canvas];
  }
}

/** Whether a run stands between its beginning and its end. Then its picture is no part of its file. */
function isWithinRun({ runs }: Comparison, steps: readonly [number, number]): boolean {
  return runs.some(({ trace }, side) => {
    const step = steps[side] ?? 0;
    return step > 0 && step < stepsDone(trace);
  });
}

/** Where the runs part, once both have come to it. */
function firstInSight(
  { runs, difference }: Comparison,
  steps: readonly [number, number],
): number | undefined {
  const position = difference.first?.position;
  if (position === undefined) return undefined;
  return runs.every(({ trace }, side) => isDecidedBy(trace, position, steps[side] ?? 0))
    ? position
    : undefined;
}
