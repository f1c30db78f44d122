import { cssColour, rampColour } from '../canvas/colour-ramp';
import { element, setText } from '../element';
import * as l10n from '../l10n';
import type { Palette } from '../theme';
import { createDropdown, type DropdownHandle } from '../toolkit';
import { withUnit } from '../track-text';
import { AgreementCanvas } from './agreement-canvas';
import type { Comparison } from './comparison';
import { DifferenceCanvas } from './difference-canvas';
import { BY_PICTURE, BY_TOKEN, type DifferenceMap, type DifferenceMode } from './difference-mode';

const STOPS = 15;

/** The map of differences, with bars for the agreement of rows and columns, and a legend. */
export class DifferencePanel {
  readonly canvas = new DifferenceCanvas();
  readonly byRow = new AgreementCanvas('row');
  readonly byColumn = new AgreementCanvas('column');
  private readonly mode: DropdownHandle<DifferenceMode>;
  private readonly low = element('span', {});
  private readonly ramp = element('span', { class: 'ramp', 'aria-hidden': 'true' });
  private readonly high = element('span', {});
  private palette: Palette | undefined;
  readonly element: HTMLElement;

  /** @param zoom the buttons that zoom all squares */
  constructor(mode: DifferenceMode, zoom: HTMLElement, onMode: (mode: DifferenceMode) => void) {
    this.mode = createDropdown<DifferenceMode>(l10n.t('Compare cells by'), [], mode, onMode);
    this.element = element(
      'figure',
      { class: 'difference' },
      element('figcaption', {}, element('h2', {}, l10n.t('Difference')), this.mode.element, zoom),
      element('div', { class: 'map' }, this.canvas.element, this.byRow.element, this.byColumn.element),
      element('p', { class: 'legend' }, this.low, this.ramp, this.high),
    );
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    for (const canvas of [this.canvas, this.byRow, this.byColumn]) canvas.setPalette(palette);
  }

  /** @param first raster position where the runs part; undefined if a run has not come to it */
  show(
    { difference }: Comparison,
    map: DifferenceMap,
    first: number | undefined,
    choices: readonly (readonly [DifferenceMode, string])[],
    mode: DifferenceMode,
  ): void {
    this.mode.setChoices(choices, mode);
    this.canvas.show(map, first);
    this.byRow.show(difference.agreementByRow);
    this.byColumn.show(difference.agreementByColumn);
    this.showLegend(map, mode);
  }

  private showLegend({ most, isSigned, unit }: DifferenceMap, mode: DifferenceMode): void {
    const end = withUnit(l10n.decimal(most, Number.isInteger(most) ? 0 : 1), { unit });
    const [low, high] =
      mode === BY_TOKEN
        ? [l10n.t('same token'), l10n.t('another token')]
        : mode === BY_PICTURE
          ? [l10n.t('same pixels'), l10n.t('black against white')]
          : [l10n.t('B less −{0}', end), l10n.t('B more +{0}', end)];
    setText(this.low, low);
    setText(this.high, high);
    if (!this.palette) return;
    const { twoSidedRamp } = this.palette;
    const from = isSigned ? 0 : 0.5;
    const stops = Array.from({ length: STOPS }, (_, i) =>
      cssColour(rampColour(twoSidedRamp, from + (i / (STOPS - 1)) * (1 - from))),
    );
    this.ramp.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
  }
}
