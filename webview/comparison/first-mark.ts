import { cssColour } from '../canvas/colour-ramp';
import { cellOrigin, type GridGeometry } from '../canvas/grid-geometry';
import type { Palette } from '../theme';

/** Marks the first cell where two runs part: a frame around the cell, and a line to it along its row and column. */
export function markFirst(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  position: number,
  palette: Palette,
): void {
  const { cell, gap } = geometry;
  const [x, y] = cellOrigin(geometry, position);
  const line = Math.max(2, Math.round(2 * devicePixelRatio));
  const side = Math.max(cell - gap, line);
  context.strokeStyle = cssColour(palette.background);
  context.lineWidth = 3 * line;
  context.strokeRect(x - line, y - line, side + 2 * line, side + 2 * line);
  context.strokeStyle = cssColour(palette.highlight);
  context.lineWidth = line;
  context.strokeRect(x - line, y - line, side + 2 * line, side + 2 * line);
  context.fillStyle = cssColour(palette.highlight);
  context.fillRect(0, y + side / 2 - line / 2, Math.max(x - 2 * line, 0), line);
  context.fillRect(x + side / 2 - line / 2, 0, line, Math.max(y - 2 * line, 0));
}
