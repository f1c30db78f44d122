import type { PictureFrame } from '../../sidecar/protocol';
import type { ColourMode } from '../canvas/cell-colours';
import { PictureCanvas } from '../canvas/picture-canvas';
import { TokenGridCanvas } from '../canvas/token-grid-canvas';
import { element } from '../element';
import * as l10n from '../l10n';
import type { StepView } from '../step-view';
import type { Palette } from '../theme';
import type { Trace } from '../trace';

/** The picture and the tokens of one run. */
export class SidePanels {
  readonly picture = new PictureCanvas();
  readonly tokens = new TokenGridCanvas();
  readonly pictureFigure: HTMLElement;
  readonly tokenFigure: HTMLElement;

  /** @param name the letter of the side */
  constructor(name: string) {
    this.pictureFigure = figure(l10n.t('Picture {0}', name), this.picture.element);
    this.tokenFigure = figure(l10n.t('Tokens {0}', name), this.tokens.element);
  }

  setPalette(palette: Palette): void {
    this.picture.setPalette(palette);
    this.tokens.setPalette(palette);
  }

  show(trace: Trace, view: StepView, picture: PictureFrame | undefined, mode: ColourMode): void {
    this.pictureFigure.hidden = trace.run.patch === 0;
    this.picture.show(trace, view, picture);
    this.tokens.show(trace, view, mode);
  }
}

function figure(title: string, canvas: HTMLElement): HTMLElement {
  return element('figure', {}, element('figcaption', {}, element('h2', {}, title)), canvas);
}
