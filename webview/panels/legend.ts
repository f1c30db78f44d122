import * as l10n from '../l10n';
import { colourScale, rampOf, trackOf, type ColourMode } from '../canvas/cell-colours';
import { cssColour, rampColour, type ColourRamp } from '../canvas/colour-ramp';
import { element, setText } from '../element';
import type { Palette } from '../theme';
import { trackEnd, trackMeaning } from '../track-text';
import type { Trace } from '../trace';

const STOPS = 16;

/** Explains the grid's colours and marks: the ramp between its two ends, and the corner of row starts that waited. */
export class Legend {
  private palette: Palette | undefined;
  private drawn: ColourRamp | undefined;
  private readonly low = element('span', {});
  private readonly ramp = element('span', { class: 'ramp', 'aria-hidden': 'true' });
  private readonly high = element('span', {});
  private readonly waited = element(
    'span',
    { class: 'waited', hidden: true },
    element('span', { class: 'mark judged-again', 'aria-hidden': 'true' }),
    l10n.t('row waited'),
  );
  readonly element = element('p', { class: 'legend' }, this.low, this.ramp, this.high, this.waited);

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.drawn = undefined;
  }

  private drawRamp(ramp: ColourRamp): void {
    if (ramp === this.drawn) return;
    this.drawn = ramp;
    const stops = Array.from({ length: STOPS }, (_, i) => cssColour(rampColour(ramp, i / (STOPS - 1))));
    this.ramp.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
  }

  show(trace: Trace, mode: ColourMode): void {
    if (this.palette) this.drawRamp(rampOf(this.palette.ramps, trace, mode));
    const { low, high } = colourScale(trace, mode);
    this.waited.hidden = !trace.run.decoder.events.includes('judged');
    const track = trackOf(trace, mode);
    this.element.title = (track && trackMeaning(track)) ?? '';
    setText(this.low, track ? trackEnd(track, 'low', low) : l10n.t('step {0}', low));
    setText(this.high, track ? trackEnd(track, 'high', high) : String(high));
  }
}
