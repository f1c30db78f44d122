import { cssColour } from './colour-ramp';
import { cellOrigin, isOnCanvas, type GridGeometry } from './grid-geometry';
import type { Palette } from '../theme';

/** Cell size in device pixels below which a cell has no room for its own outline. */
const SMALL_CELL = 7;

/** Outlines the cells of the step shown, so they stand out on any colour. In high contrast a cross is added. */
export function markStep(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  positions: Uint32Array,
  palette: Palette,
): void {
  const { cell, gap } = geometry;
  const line = outlineWidth(cell);
  const side = Math.round(cell) - gap;
  const shown = positions.filter((position) => isOnCanvas(geometry, position));
  context.fillStyle = cssColour(palette.highlight);
  if (cell < SMALL_CELL) {
    for (const position of shown) {
      const [x, y] = cellOrigin(geometry, position);
      context.fillRect(x - 1, y - 1, Math.ceil(cell) + 1, Math.ceil(cell) + 1);
    }
    return;
  }
  for (const position of shown) {
    const [x, y] = cellOrigin(geometry, position);
    ring(context, x - gap, y - gap, side + 2 * gap, line, cssColour(palette.highlight));
    ring(
      context,
      x - gap + line,
      y - gap + line,
      side + 2 * (gap - line),
      Math.max(1, line / 2),
      cssColour(palette.background),
    );
  }
  if (palette.highContrast) crosses(context, geometry, shown, palette);
}

/** Marks with a corner the cells for which the model wanted more context: more than one candidate was judged. */
export function markJudgedAgain(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  positions: readonly number[],
  palette: Palette,
): void {
  const side = Math.max(3, Math.round((geometry.cell - geometry.gap) * 0.38));
  // A rim in the background's colour makes the corner visible on every cell.
  for (const [corner, colour] of [
    [side, palette.background],
    [side - outlineWidth(geometry.cell), palette.highlight],
  ] as const) {
    const path = new Path2D();
    for (const position of positions) {
      const [x, y] = cellOrigin(geometry, position);
      path.moveTo(x, y);
      path.lineTo(x + corner, y);
      path.lineTo(x, y + corner);
      path.closePath();
    }
    context.fillStyle = cssColour(colour);
    context.fill(path);
  }
}

/** Outlines the cell under the pointer or the keyboard's cursor. */
export function markCursor(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  position: number,
  palette: Palette,
): void {
  const [x, y] = cellOrigin(geometry, position);
  const line = outlineWidth(geometry.cell);
  const side = Math.round(geometry.cell) - geometry.gap;
  ring(context, x - 2 * line, y - 2 * line, side + 4 * line, line, cssColour(palette.background));
  ring(context, x - line, y - line, side + 2 * line, line, cssColour(palette.cursor));
}

function outlineWidth(cell: number): number {
  return Math.max(1, Math.min(Math.round(2 * devicePixelRatio), Math.floor(cell / 6)));
}

/** A square frame of `line` pixels, drawn inwards from its outer edge. */
function ring(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  side: number,
  line: number,
  colour: string,
): void {
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.strokeRect(x + line / 2, y + line / 2, side - line, side - line);
}

function crosses(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  positions: Uint32Array,
  palette: Palette,
): void {
  const inset = geometry.cell * 0.28;
  const far = geometry.cell - geometry.gap - inset;
  const path = new Path2D();
  for (const position of positions) {
    const [x, y] = cellOrigin(geometry, position);
    path.moveTo(x + inset, y + inset);
    path.lineTo(x + far, y + far);
    path.moveTo(x + far, y + inset);
    path.lineTo(x + inset, y + far);
  }
  const line = outlineWidth(geometry.cell);
  context.lineCap = 'round';
  context.strokeStyle = cssColour(palette.background);
  context.lineWidth = line + 2 * Math.max(1, line / 2);
  context.stroke(path);
  context.strokeStyle = cssColour(palette.highlight);
  context.lineWidth = line;
  context.stroke(path);
}
