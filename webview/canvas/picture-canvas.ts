import * as l10n from '../l10n';
import type { PictureFrame } from '../../sidecar/protocol';
import { setAttributes } from '../element';
import { conditionText } from '../run-text';
import type { StepView } from '../step-view';
import { isDecidedBy, type Trace } from '../trace';
import { BY_STEP, type ColourMode } from './cell-colours';
import { CellImage } from './cell-image';
import { markStep } from './cell-marks';
import { cssColour } from './colour-ramp';
import { context2d } from './frame-canvas';
import { GridCanvas, type GridPen } from './grid-canvas';
import { areaOf } from './cell-area';
import { columnEdge, rowEdge, type GridGeometry } from './grid-geometry';

/** The token colours over the picture. An opacity of 0 hides them. */
interface Overlay {
  readonly opacity: number;
  readonly mode: ColourMode;
}

const UNPAINTED_OPACITY = 0.3;

/** The picture at a step; undecided cells are hatched. */
export class PictureCanvas extends GridCanvas {
  private readonly cells = new CellImage();
  private readonly image = document.createElement('canvas');
  private readonly imageContext = context2d(this.image);
  /** The image in the size of the canvas: to scale a large picture takes longer than all else. */
  private readonly fitted = document.createElement('canvas');
  private readonly fittedContext = context2d(this.fitted);
  private isFitted = false;
  private picture: PictureFrame | undefined;
  private shown: { readonly trace: Trace; readonly view: StepView } | undefined;
  private overlay: Overlay = { opacity: 0, mode: BY_STEP };

  constructor() {
    super('picture');
    setAttributes(this.element, { role: 'img' });
  }

  setOverlay(overlay: Overlay): void {
    this.overlay = overlay;
    this.invalidate();
  }

  /** Shows a step. `picture` may be of another step: cells that it lacks are marked. */
  show(trace: Trace, view: StepView, picture: PictureFrame | undefined): void {
    this.shown = { trace, view };
    if (picture && picture !== this.picture) this.load(picture);
    this.picture = picture;
    setAttributes(this.element, {
      'aria-label': l10n.t(
        'Picture of “{0}” after step {1} of {2}',
        conditionText(trace.run.settings),
        view.step,
        view.lastStepText,
      ),
    });
    this.element.dataset.pictureStep = picture ? String(picture.step) : '';
    this.invalidate();
  }

  protected drawCells(pen: GridPen): void {
    const { picture, overlay } = this;
    if (!this.shown) return;
    const { trace, view } = this.shown;
    const { context, geometry, palette } = pen;
    if (picture) this.drawImage(context, geometry);
    context.fillStyle = pen.hatch;
    context.fill(areaOf(geometry, (position) => !isDecidedBy(trace, position, view.step)));
    this.drawUnpainted(trace, view, pen);
    if (overlay.opacity > 0) this.drawTokens(pen, overlay.opacity);
    if (view.step < view.lastStep) markStep(context, { ...geometry, gap: 0 }, view.highlighted, palette);
  }

  /** Draws, faintly, the token colours of decided cells that the picture lacks. */
  private drawUnpainted(trace: Trace, view: StepView, pen: GridPen): void {
    const { context, geometry, palette } = pen;
    const known = this.picture?.step ?? 0;
    if (known >= view.step) return;
    const unpainted = (position: number): boolean =>
      isDecidedBy(trace, position, view.step) && !isDecidedBy(trace, position, known);
    const area = areaOf(geometry, unpainted);
    context.fillStyle = cssColour(palette.background);
    context.fill(area);
    context.save();
    context.clip(area);
    this.drawTokens(pen, UNPAINTED_OPACITY);
    context.restore();
  }

  protected drawSmall(context: CanvasRenderingContext2D, geometry: GridGeometry): void {
    if (this.picture) this.drawImage(context, geometry);
  }

  private drawImage(context: CanvasRenderingContext2D, geometry: GridGeometry): void {
    const [x, y] = [columnEdge(geometry, 0), rowEdge(geometry, 0)];
    const right = columnEdge(geometry, geometry.columns);
    const bottom = rowEdge(geometry, geometry.rows);
    const [width, height] = [right - x, bottom - y];
    if (width <= geometry.width && height <= geometry.height) {
      this.fit(width, height);
      context.drawImage(this.fitted, x, y);
    } else this.drawScaled(context, [x, y], [width, height]);
  }

  private fit(width: number, height: number): void {
    const { fitted } = this;
    if (this.isFitted && fitted.width === width && fitted.height === height) return;
    this.isFitted = true;
    fitted.width = width;
    fitted.height = height;
    this.drawScaled(this.fittedContext, [0, 0], [width, height]);
  }

  private drawScaled(
    context: CanvasRenderingContext2D,
    at: readonly [number, number],
    size: readonly [number, number],
  ): void {
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.image, ...at, ...size);
  }

  private drawTokens({ geometry, palette }: GridPen, opacity: number): void {
    if (!this.shown) return;
    const { trace, view } = this.shown;
    this.cells.paint(trace, view.step, this.overlay.mode, palette.ramps);
    this.context.globalAlpha = opacity;
    this.cells.drawOn(this.context, geometry);
    this.context.globalAlpha = 1;
  }

  private load(picture: PictureFrame): void {
    const { width, height, rgb } = picture;
    this.image.width = width;
    this.image.height = height;
    const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
    for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
      rgba[to] = rgb[from] ?? 0;
      rgba[to + 1] = rgb[from + 1] ?? 0;
      rgba[to + 2] = rgb[from + 2] ?? 0;
    }
    this.imageContext.putImageData(new ImageData(rgba, width, height), 0, 0);
    this.isFitted = false;
  }
}
