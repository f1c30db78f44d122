import { context2d } from './frame-canvas';
import { cellColours, type ColourMode } from './cell-colours';
import { columnEdge, rowEdge, type GridGeometry } from './grid-geometry';
import type { Ramps } from './ramps';
import type { Trace } from '../trace';

/** The cells' colours as an image of one pixel for each cell, drawn enlarged. Thousands of cells take one draw call. */
export class CellImage {
  private readonly canvas = document.createElement('canvas');
  private readonly context = context2d(this.canvas);
  private painted:
    | { readonly trace: Trace; readonly step: number; readonly mode: ColourMode; readonly ramps: Ramps }
    | undefined;
  private rgba = new Uint8ClampedArray();

  /** RGBA of the cells as painted last, [height, width, 4]. */
  get colours(): Uint8ClampedArray {
    return this.rgba;
  }

  /** Paints the cells of a step, unless they are painted already. */
  paint(trace: Trace, step: number, mode: ColourMode, ramps: Ramps): void {
    const { painted } = this;
    const isSame = painted?.trace === trace && painted.step === step && painted.mode === mode;
    if (isSame && painted.ramps === ramps) return;
    this.painted = { trace, step, mode, ramps };
    const { height, width } = trace.snapshot;
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
    const rgba = cellColours(trace, step, mode, ramps);
    this.rgba = rgba;
    this.context.putImageData(new ImageData(rgba, width, height), 0, 0);
  }

  drawOn(target: CanvasRenderingContext2D, geometry: GridGeometry): void {
    const [x, y] = [columnEdge(geometry, 0), rowEdge(geometry, 0)];
    target.imageSmoothingEnabled = false;
    target.drawImage(
      this.canvas,
      x,
      y,
      columnEdge(geometry, geometry.columns) - x,
      rowEdge(geometry, geometry.rows) - y,
    );
  }
}
