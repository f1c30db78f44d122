import type { CellSight } from '../../sidecar/trace-file/cell-sight';
import type { Palette } from '../theme';
import { areaOf } from './cell-area';
import { cssColour } from './colour-ramp';
import { cellOrigin, type GridGeometry } from './grid-geometry';

/** Opacity of the veil over cells that a cell did not see. */
const VEIL = 0.62;

/**
 * Shows what a cell saw. A veil lies over all other cells. Cells that raster order would have shown to it are struck through,
 * and a dashed outline stands where it saw a stand-in.
 * @param of raster position of the cell
 */
export function markSight(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  { of, sight, palette }: { readonly of: number; readonly sight: CellSight; readonly palette: Palette },
): void {
  const isSeen = new Set(sight.seen);
  context.fillStyle = cssColour(palette.background, VEIL);
  context.fill(areaOf(geometry, (position) => position !== of && !isSeen.has(position)));
  const side = geometry.cell - geometry.gap;
  const line = Math.max(1, Math.min(2 * devicePixelRatio, side / 8));
  const strokes = new Path2D();
  for (const position of sight.hidden) {
    const [x, y] = cellOrigin(geometry, position);
    strokes.moveTo(x + side * 0.2, y + side * 0.8);
    strokes.lineTo(x + side * 0.8, y + side * 0.2);
  }
  context.lineWidth = line;
  context.strokeStyle = cssColour(palette.foreground, 0.7);
  context.stroke(strokes);
  context.save();
  context.setLineDash([Math.max(2, side / 5), Math.max(2, side / 7)]);
  for (const { position } of sight.standIns) {
    const [x, y] = cellOrigin(geometry, position);
    for (const [colour, width] of [
      [palette.background, 3 * line],
      [palette.highlight, 1.5 * line],
    ] as const) {
      context.strokeStyle = cssColour(colour);
      context.lineWidth = width;
      context.strokeRect(x + line, y + line, side - 2 * line, side - 2 * line);
    }
  }
  context.restore();
}
