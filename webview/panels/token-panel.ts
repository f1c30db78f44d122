import * as l10n from '../l10n';
import { colourModes, type ColourMode } from '../canvas/cell-colours';
import { TokenGridCanvas } from '../canvas/token-grid-canvas';
import { element } from '../element';
import type { Palette } from '../theme';
import { ICONS } from '../icons';
import { createDropdown, createIconButton, type DropdownHandle } from '../toolkit';
import type { ViewOptions } from '../view-options';
import { DraftLegend } from './draft-legend';
import { Legend } from './legend';
import type { GridPanel, RunActions, RunView } from './panel';

/** The token grid, with a legend for its colours. */
export class TokenPanel implements GridPanel {
  readonly canvas = new TokenGridCanvas();
  private readonly legend = new Legend();
  private readonly draftLegend = new DraftLegend();
  private readonly mode: DropdownHandle<ColourMode>;
  private readonly in: ReturnType<typeof createIconButton>;
  private readonly out: ReturnType<typeof createIconButton>;
  readonly element: HTMLElement;

  constructor(options: ViewOptions, actions: RunActions) {
    this.mode = createDropdown<ColourMode>(l10n.t('Colour cells by'), [], options.mode, (mode) => {
      actions.setOptions({ mode });
    });
    this.in = createIconButton(ICONS.zoomIn, l10n.t('Zoom in (+)'), () => {
      actions.act({ kind: 'zoom', by: 1.5 });
    });
    this.out = createIconButton(ICONS.zoomOut, l10n.t('Zoom out (−)'), () => {
      actions.act({ kind: 'zoom', by: 1 / 1.5 });
    });
    this.element = element(
      'figure',
      {},
      element(
        'figcaption',
        {},
        element('h2', {}, l10n.t('Tokens')),
        element('span', { class: 'by' }, l10n.t('colour by')),
        this.mode.element,
        element(
          'div',
          { class: 'zoom', role: 'group', 'aria-label': l10n.t('Zoom') },
          this.out.element,
          this.in.element,
        ),
      ),
      this.canvas.element,
      this.legend.element,
      this.draftLegend.element,
    );
  }

  suits(): boolean {
    return true;
  }

  setPalette(palette: Palette): void {
    this.canvas.setPalette(palette);
    this.legend.setPalette(palette);
  }

  show({ run: { trace }, step, zoom, options: { mode } }: RunView): void {
    this.out.setEnabled(zoom.factor > 1);
    this.mode.setChoices(colourModes(trace), mode);
    this.canvas.show(trace, step, mode);
    this.legend.show(trace, mode);
    this.draftLegend.show(trace);
  }
}
