import { context2d } from './frame-canvas';
import { cellColours, type ColourMode } from './cell-colours';
import type { ColourRamp } from './colour-ramp';
import type { GridGeometry } from './grid-geometry';
import type { Trace } from '../trace';

/** The cells' colours as an image of one pixel for each cell, drawn enlarged. Thousands of cells take one draw call. */
export class CellImage {
  private readonly canvas = document.createElement('canvas');
  private readonly context = context2d(this.canvas);

  paint(trace: Trace, step: number, mode: ColourMode, ramp: ColourRamp): void {
    const { height, width } = trace.snapshot;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    this.context.putImageData(new ImageData(cellColours(trace, step, mode, ramp), width, height), 0, 0);
  }

  drawOn(target: CanvasRenderingContext2D, geometry: GridGeometry): void {
    target.imageSmoothingEnabled = false;
    target.drawImage(this.canvas, 0, 0, geometry.width, geometry.height);
  }
}
