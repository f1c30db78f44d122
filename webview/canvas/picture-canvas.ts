import type { PictureFrame } from '../../sidecar/protocol';
import { setAttributes } from '../element';
import type { StepView } from '../step-view';
import { isDecidedBy, type Trace } from '../trace';
import { BY_STEP, type ColourMode } from './cell-colours';
import { CellImage } from './cell-image';
import { markStep } from './cell-marks';
import { cssColour } from './colour-ramp';
import { context2d } from './frame-canvas';
import { GridCanvas, type GridPen } from './grid-canvas';
import type { GridGeometry } from './grid-geometry';

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
    setAttributes(this.element, { 'aria-label': `Picture after step ${view.step} of ${view.lastStepText}` });
    this.element.dataset.pictureStep = picture ? String(picture.step) : '';
    this.invalidate();
  }

  protected drawCells(pen: GridPen): void {
    const { picture, overlay } = this;
    if (!this.shown) return;
    const { trace, view } = this.shown;
    const { context, geometry, palette } = pen;
    if (picture) {
      context.imageSmoothingEnabled = true;
      context.imageSmoothingQuality = 'high';
      context.drawImage(this.image, 0, 0, geometry.width, geometry.height);
    }
    context.fillStyle = pen.hatch;
    context.fill(areaOf(geometry, (position) => !isDecidedBy(trace, position, view.step)));
    this.cells.paint(trace, view.step, overlay.mode, palette.ramp);
    this.drawUnpainted(trace, view, pen);
    if (overlay.opacity > 0) this.drawTokens(geometry, overlay.opacity);
    if (view.step < view.lastStep) markStep(context, { ...geometry, gap: 0 }, view.highlighted, palette);
  }

  /** Draws, faintly, the token colours of decided cells that the picture lacks. */
  private drawUnpainted(trace: Trace, view: StepView, { context, geometry, palette }: GridPen): void {
    const known = this.picture?.step ?? 0;
    if (known >= view.step) return;
    const unpainted = (position: number): boolean =>
      isDecidedBy(trace, position, view.step) && !isDecidedBy(trace, position, known);
    const area = areaOf(geometry, unpainted);
    context.fillStyle = cssColour(palette.background);
    context.fill(area);
    context.save();
    context.clip(area);
    this.drawTokens(geometry, UNPAINTED_OPACITY);
    context.restore();
  }

  private drawTokens(geometry: GridGeometry, opacity: number): void {
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
  }
}

/** The area of some cells as few rectangles: one for each stretch of a row. */
function areaOf(geometry: GridGeometry, includes: (position: number) => boolean): Path2D {
  const { rows, columns, cell } = geometry;
  const area = new Path2D();
  for (let row = 0; row < rows; row++) {
    let start = 0;
    for (let column = 0; column <= columns; column++) {
      if (column < columns && includes(row * columns + column)) continue;
      if (column > start) area.rect(start * cell, row * cell, (column - start) * cell, cell);
      start = column + 1;
    }
  }
  return area;
}
