import type { Palette } from '../theme';
import { cssColour } from './colour-ramp';
import { columnEdge, rowEdge, shownCells, type GridGeometry } from './grid-geometry';

/** Draws the gaps between the cells. */
export function drawGaps(context: CanvasRenderingContext2D, geometry: GridGeometry, palette: Palette): void {
  const { gap, width, height } = geometry;
  if (gap === 0) return;
  const { rows, columns } = shownCells(geometry);
  context.fillStyle = cssColour(palette.background);
  for (let row = rows[0]; row < rows[1]; row++)
    context.fillRect(0, rowEdge(geometry, row + 1) - gap, width, gap);
  for (let column = columns[0]; column < columns[1]; column++)
    context.fillRect(columnEdge(geometry, column + 1) - gap, 0, gap, height);
}
