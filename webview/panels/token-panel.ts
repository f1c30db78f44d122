import { colourModes, type ColourMode } from '../canvas/cell-colours';
import { TokenGridCanvas } from '../canvas/token-grid-canvas';
import { element } from '../element';
import type { Palette } from '../theme';
import { createDropdown, type DropdownHandle } from '../toolkit';
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
  readonly element: HTMLElement;

  constructor(options: ViewOptions, actions: RunActions) {
    this.mode = createDropdown<ColourMode>('Colour cells by', [], options.mode, (mode) => {
      actions.setOptions({ mode });
    });
    this.element = element(
      'figure',
      {},
      element(
        'figcaption',
        {},
        element('h2', {}, 'Tokens'),
        element('span', { class: 'by' }, 'colour by'),
        this.mode.element,
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

  show({ run: { trace }, step, options: { mode } }: RunView): void {
    this.mode.setChoices(colourModes(trace), mode);
    this.canvas.show(trace, step, mode);
    this.legend.show(trace, mode);
    this.draftLegend.show(trace);
  }
}
