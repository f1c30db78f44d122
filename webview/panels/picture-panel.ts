import * as l10n from '../l10n';
import type { RunDescription } from '../../sidecar/protocol';
import { PictureCanvas } from '../canvas/picture-canvas';
import { element } from '../element';
import type { Palette } from '../theme';
import { ICONS } from '../icons';
import { createCheckbox, createIconButton } from '../toolkit';
import type { ViewOptions } from '../view-options';
import type { GridPanel, RunActions, RunView } from './panel';

/** The picture at a step. The user can lay the token colours over it. */
export class PicturePanel implements GridPanel {
  readonly canvas = new PictureCanvas();
  private readonly toCome = mark('to-come', l10n.t('picture to come'));
  private readonly opacity: HTMLInputElement;
  private readonly copy: ReturnType<typeof createIconButton>;
  readonly element: HTMLElement;

  constructor(options: ViewOptions, actions: RunActions) {
    this.opacity = opacitySlider(options.overlayOpacity, (overlayOpacity) => {
      actions.setOptions({ overlayOpacity });
    });
    const overlay = createCheckbox(l10n.t('Token colours'), options.overlay, (checked) => {
      actions.setOptions({ overlay: checked });
    });
    this.copy = createIconButton(ICONS.copy, l10n.t('Copy picture'), () => {
      actions.copyPicture();
    });
    this.copy.element.classList.add('copy');
    this.element = element(
      'figure',
      {},
      element(
        'figcaption',
        {},
        element('h2', {}, l10n.t('Picture')),
        overlay.element,
        this.opacity,
        this.copy.element,
      ),
      this.canvas.element,
      element(
        'p',
        { class: 'legend marks' },
        mark('now', l10n.t('this step')),
        mark('open', l10n.t('not decided yet')),
        this.toCome,
      ),
    );
  }

  /** Whether the model makes pictures: without an image decoder it gives only tokens. */
  suits(run: RunDescription): boolean {
    return run.patch > 0;
  }

  setPalette(palette: Palette): void {
    this.canvas.setPalette(palette);
  }

  show({ run: { trace }, step, picture, options }: RunView): void {
    this.opacity.hidden = !options.overlay;
    this.copy.setEnabled(picture !== undefined);
    this.canvas.setOverlay({ opacity: options.overlay ? options.overlayOpacity : 0, mode: options.mode });
    this.canvas.show(trace, step, picture);
    this.toCome.hidden = (picture?.step ?? 0) >= step.step;
  }
}

/** A mark on the picture, with its meaning. */
function mark(kind: string, meaning: string): HTMLElement {
  return element('span', {}, element('span', { class: `mark ${kind}`, 'aria-hidden': 'true' }), meaning);
}

function opacitySlider(opacity: number, onChange: (opacity: number) => void): HTMLInputElement {
  const slider = element('input', {
    type: 'range',
    class: 'opacity',
    min: 5,
    max: 100,
    value: Math.round(opacity * 100),
    'aria-label': l10n.t('Opacity of the token colours, per cent'),
  });
  const fill = (): void => {
    slider.style.setProperty('--shown', String((slider.valueAsNumber - 5) / 95));
  };
  fill();
  slider.addEventListener('input', () => {
    fill();
    onChange(slider.valueAsNumber / 100);
  });
  return slider;
}
