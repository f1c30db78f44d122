import type { PictureFrame } from '../sidecar/protocol';
import { colourModes } from './cell-colours';
import type { ColourMode } from './cell-colours';
import { element } from './element';
import { fitGrid } from './grid-geometry';
import { Legend } from './legend';
import { PictureCanvas } from './picture-canvas';
import { TokenGridCanvas } from './token-grid-canvas';
import { createCheckbox, createDropdown } from './toolkit';
import type { DropdownHandle } from './toolkit';
import type { StepView } from './step-view';
import type { Palette } from './theme';
import type { Trace } from './trace';
import type { ViewOptions } from './view-options';

/** The picture and, beside or under it, the token grid: both of one size, cell by cell. */
export class Stage {
  readonly picture = new PictureCanvas();
  readonly tokens = new TokenGridCanvas();
  private readonly legend = new Legend();
  private readonly toCome = element(
    'span',
    {},
    element('span', { class: 'mark to-come', 'aria-hidden': 'true' }),
    'picture to come',
  );
  private readonly pictureFigure: HTMLElement;
  private readonly opacity: HTMLInputElement;
  private readonly mode: DropdownHandle<ColourMode>;
  readonly element: HTMLElement;

  constructor(options: ViewOptions, setOptions: (change: Partial<ViewOptions>) => void) {
    this.opacity = opacitySlider(options.overlayOpacity, (overlayOpacity) => {
      setOptions({ overlayOpacity });
    });
    const overlay = createCheckbox('Token colours', options.overlay, (checked) => {
      setOptions({ overlay: checked });
    });
    this.mode = createDropdown<ColourMode>('Colour cells by', [], options.mode, (chosen) => {
      setOptions({ mode: chosen });
    });
    this.pictureFigure = element(
      'figure',
      {},
      element('figcaption', {}, element('h2', {}, 'Picture'), overlay, this.opacity),
      this.picture.element,
      this.key(),
    );
    this.element = element(
      'section',
      { class: 'stage', 'aria-label': 'Picture and tokens' },
      this.pictureFigure,
      element(
        'figure',
        {},
        element(
          'figcaption',
          {},
          element('h2', {}, 'Tokens'),
          element('span', { class: 'by' }, 'colour by'),
          this.mode.element,
        ),
        this.tokens.element,
        this.legend.element,
      ),
    );
  }

  setPalette(palette: Palette): void {
    this.picture.setPalette(palette);
    this.tokens.setPalette(palette);
    this.legend.setPalette(palette);
  }

  setOptions(options: ViewOptions): void {
    this.opacity.hidden = !options.overlay;
    this.picture.setOverlay({ opacity: options.overlay ? options.overlayOpacity : 0, mode: options.mode });
  }

  /** `picture` may be of another step, see `PictureCanvas.show`. */
  show(trace: Trace, view: StepView, mode: ColourMode, picture: PictureFrame | undefined): void {
    this.mode.setChoices(colourModes(trace), mode);
    this.tokens.show(trace, view, mode);
    this.picture.show(trace, view, picture);
    this.toCome.hidden = (picture?.step ?? 0) >= view.step;
    this.legend.show(trace, mode);
  }

  /** A model without image decoder gives tokens only. */
  setHasPicture(hasPicture: boolean): void {
    this.pictureFigure.hidden = !hasPicture;
  }

  /** `room` is what one of the two may take, in CSS pixels. Returns the width taken. */
  fit(grid: readonly [rows: number, columns: number], room: { width: number; height: number }): number {
    const [rows, columns] = grid;
    const geometry = fitGrid(rows, columns, room.width * devicePixelRatio, room.height * devicePixelRatio);
    this.picture.setGeometry(geometry);
    this.tokens.setGeometry(geometry);
    return geometry.width / devicePixelRatio;
  }

  setCursor(position: number | undefined): void {
    this.picture.setCursor(position);
    this.tokens.setCursor(position);
  }

  /** What the marks on the picture mean. */
  private key(): HTMLElement {
    const mark = (kind: string): HTMLElement =>
      element('span', { class: `mark ${kind}`, 'aria-hidden': 'true' });
    return element(
      'p',
      { class: 'legend marks' },
      element('span', {}, mark('now'), 'this step'),
      element('span', {}, mark('open'), 'not decided yet'),
      this.toCome,
    );
  }

  /** Calls back with the cell under the pointer, or undefined when it leaves; `click` when one is chosen. */
  onPointer(point: (position: number | undefined) => void, click: (position: number) => void): void {
    for (const canvas of [this.picture, this.tokens]) {
      canvas.element.addEventListener('pointermove', (event) => {
        point(canvas.cellUnder(event));
      });
      canvas.element.addEventListener('pointerleave', () => {
        point(undefined);
      });
      canvas.element.addEventListener('click', (event) => {
        const position = canvas.cellUnder(event);
        if (position !== undefined) click(position);
      });
    }
  }
}

function opacitySlider(opacity: number, onChange: (opacity: number) => void): HTMLInputElement {
  const slider = element('input', {
    type: 'range',
    class: 'opacity',
    min: 5,
    max: 100,
    value: Math.round(opacity * 100),
    'aria-label': 'Opacity of the token colours, per cent',
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
