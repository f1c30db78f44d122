import type { DraftView } from '../drafts';
import type { Palette } from '../theme';
import { cssColour } from './colour-ramp';
import { cellOrigin, type GridGeometry } from './grid-geometry';

/** Share of a cell that a mark is wide. */
const MARK = 0.34;

/**
 * Marks drafts in the corner of their cells. A circle is an open draft, a dot a confirmed one, and a stroke a corrected one.
 * The front of each row is a bar at the left edge of its cell.
 */
export function markDrafts(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  { open, confirmed, corrected, fronts }: Pick<DraftView, 'open' | 'confirmed' | 'corrected' | 'fronts'>,
  palette: Palette,
): void {
  const radius = Math.max(1, ((geometry.cell - geometry.gap) * MARK) / 2);
  const line = Math.max(1, radius / 2.5);
  const centre = (position: number): readonly [x: number, y: number] => {
    const [x, y] = cellOrigin(geometry, position);
    const inset = geometry.cell - geometry.gap - 1.5 * radius;
    return [x + inset, y + inset];
  };
  const dots = new Path2D();
  for (const position of confirmed) addCircle(dots, centre(position), radius * 0.8);
  const circles = new Path2D();
  for (const position of open) addCircle(circles, centre(position), radius);
  const strokes = new Path2D();
  for (const position of corrected) {
    const [x, y] = centre(position);
    strokes.moveTo(x - radius, y + radius);
    strokes.lineTo(x + radius, y - radius);
  }
  context.lineCap = 'round';
  // A rim in the background's colour makes the marks visible on every cell.
  for (const [colour, rim] of [
    [palette.background, line],
    [palette.highlight, 0],
  ] as const) {
    context.strokeStyle = cssColour(colour);
    context.fillStyle = cssColour(colour);
    context.lineWidth = 2 * rim;
    if (rim > 0) context.stroke(dots);
    context.fill(dots);
    context.lineWidth = line + 2 * rim;
    context.stroke(circles);
    context.stroke(strokes);
  }
  context.lineCap = 'butt';
  markFronts(context, geometry, fronts, palette);
}

function markFronts(
  context: CanvasRenderingContext2D,
  geometry: GridGeometry,
  fronts: readonly number[],
  palette: Palette,
): void {
  const width = Math.max(2, Math.round(geometry.cell * 0.14));
  const side = Math.round(geometry.cell) - geometry.gap;
  for (const position of fronts) {
    const [x, y] = cellOrigin(geometry, position);
    context.fillStyle = cssColour(palette.background);
    context.fillRect(x - geometry.gap, y, width + 2, side);
    context.fillStyle = cssColour(palette.cursor);
    context.fillRect(x - geometry.gap, y, width, side);
  }
}

function addCircle(path: Path2D, [x, y]: readonly [x: number, y: number], radius: number): void {
  path.moveTo(x + radius, y);
  path.arc(x, y, radius, 0, 2 * Math.PI);
}
