import * as l10n from './l10n';
import { StepStripCanvas } from './canvas/step-strip-canvas';
import { element } from './element';
import { listenToPointer } from './grid-pointer';
import type { KeyFocus } from './keyboard';
import { Notices } from './panels/notices';
import type { GridPanel, Panel, RunActions, RunView } from './panels/panel';
import { GRID_PANELS, SIDE_PANELS } from './panels/panels';
import { PlaybackControls } from './panels/playback-controls';
import { RunHeader } from './panels/run-header';
import { StageLayout } from './stage-layout';
import type { Palette } from './theme';
import type { ViewOptions } from './view-options';

/** VS Code shows the menu of a run here, without Cut, Copy and Paste, which would do nothing. `package.json` has the menu. */
const MENU_CONTEXT = JSON.stringify({ webviewSection: 'run', preventDefaultContextMenuItems: true });

/** Everything of one run on the page: its panels, arranged to fit the window. */
export class RunArea {
  readonly element: HTMLElement;
  private readonly gridPanels: readonly GridPanel[];
  private readonly panels: readonly Panel[];
  private readonly playback: PlaybackControls;
  private readonly layout: StageLayout;

  /** @param onStale called when the room for the panels has changed: the area has to be shown again */
  constructor(root: HTMLElement, options: ViewOptions, actions: RunActions, onStale: () => void) {
    const strip = new StepStripCanvas();
    const header = new RunHeader(actions);
    const notices = new Notices(actions);
    this.playback = new PlaybackControls(strip, options.speed, actions);
    this.gridPanels = GRID_PANELS.map((make) => make(options, actions));
    const sidePanels = SIDE_PANELS.map((make) => make(options, actions));
    const stage = element(
      'section',
      { class: 'stage', 'aria-label': l10n.t('Picture and tokens') },
      ...this.gridPanels.map((panel) => panel.element),
    );
    const side = element(
      'aside',
      { class: 'side', 'aria-label': l10n.t('Figures') },
      ...sidePanels.map((panel) => panel.element),
    );
    this.element = element(
      'div',
      { class: 'studio', 'data-vscode-context': MENU_CONTEXT },
      header.element,
      notices.element,
      stage,
      side,
      this.playback.element,
    );
    this.panels = [header, notices, ...this.gridPanels, ...sidePanels, this.playback];
    for (const { canvas } of this.gridPanels) listenToPointer(canvas, actions);
    const playback = this.playback.element;
    const parts = { root, area: this.element, stage, side, playback, strip };
    this.layout = new StageLayout(parts, this.gridPanels, onStale);
    this.layout.observe([header.element, notices.element, this.playback.element]);
  }

  /** The element that gets the focus when the one that had it goes away. */
  get home(): HTMLElement {
    return this.playback.slider.element;
  }

  /** The canvases that are on the page, from left to right. */
  get canvases(): readonly HTMLCanvasElement[] {
    return this.gridPanels.filter(({ element: { hidden } }) => !hidden).map(({ canvas }) => canvas.element);
  }

  dispose(): void {
    this.layout.dispose();
    this.element.remove();
  }

  setPalette(palette: Palette): void {
    for (const panel of this.panels) panel.setPalette?.(palette);
  }

  show(view: RunView): void {
    for (const panel of this.panels) panel.show(view);
    for (const { canvas } of this.gridPanels) {
      canvas.setZoom(view.zoom);
      canvas.setCursor(view.cursor, view.sight);
    }
    // The layout comes after the panels have their text, because the text decides how much room is left.
    this.layout.apply(view.run.trace.run);
  }

  /**
   * The part of this area that has the focus, as the keyboard handling distinguishes it; undefined if the focus is elsewhere.
   */
  focusOf(target: EventTarget | null): KeyFocus | undefined {
    if (!(target instanceof Element) || !this.element.contains(target)) return undefined;
    if (this.gridPanels.some(({ canvas }) => canvas.element === target)) return 'grid';
    if (target === this.playback.slider.element) return 'step-slider';
    if (target.closest('vscode-button')) return 'button';
    return target.closest('input, vscode-dropdown, vscode-checkbox') ? 'other-control' : 'page';
  }
}
