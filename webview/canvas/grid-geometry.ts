import type { GridZoom } from '../grid-zoom';

/** The place of the cells of a token grid on a canvas. All lengths are in device pixels. */
export interface GridGeometry {
  readonly rows: number;
  readonly columns: number;
  /** Side of a cell with its gap; a fraction of a pixel may remain. */
  readonly cell: number;
  /** Gap to the right of a cell and below it. It is part of the cell. */
  readonly gap: number;
  /** Size of the canvas. */
  readonly width: number;
  readonly height: number;
  /** Upper left corner of the grid on the canvas: 0, or less where the grid is larger than the canvas. */
  readonly left: number;
  readonly top: number;
}

/** Share of the room that whole pixels may leave unused. */
const MOST_UNUSED = 0.05;

/**
 * Makes cells as large as fit into `maxWidth` x `maxHeight` device pixels. Cells are whole pixels unless that leaves much room
 * unused. Each cell has at least 1 pixel.
 */
export function fitGrid(rows: number, columns: number, maxWidth: number, maxHeight: number): GridGeometry {
  const most = Math.max(1, Math.min(maxWidth / columns, maxHeight / rows));
  const whole = Math.floor(most);
  const cell = whole >= most * (1 - MOST_UNUSED) ? whole : most;
  const size = { width: Math.floor(columns * cell), height: Math.floor(rows * cell) };
  return { rows, columns, cell, gap: gapOf(cell), ...size, left: 0, top: 0 };
}

/** The geometry of a part of the grid on the same canvas. */
export function zoomedGeometry(geometry: GridGeometry, { factor, x, y }: GridZoom): GridGeometry {
  if (factor === 1) return geometry;
  const cell = geometry.cell * factor;
  const left = -Math.round(x * geometry.columns * cell);
  const top = -Math.round(y * geometry.rows * cell);
  return { ...geometry, cell, gap: gapOf(cell), left, top };
}

function gapOf(cell: number): number {
  return cell >= 40 ? 2 : cell >= 8 ? 1 : 0;
}

/** The raster position under a point in device pixels, or undefined outside the grid. */
export function cellAt(geometry: GridGeometry, x: number, y: number): number | undefined {
  const column = lineBefore(x - geometry.left, geometry.cell);
  const row = lineBefore(y - geometry.top, geometry.cell);
  const inside = column >= 0 && column < geometry.columns && row >= 0 && row < geometry.rows;
  return inside ? row * geometry.columns + column : undefined;
}

/** Number of the cell that holds a pixel. The cells begin at rounded places. */
function lineBefore(pixel: number, cell: number): number {
  const guess = Math.floor(pixel / cell);
  if (Math.round((guess + 1) * cell) <= pixel) return guess + 1;
  return Math.round(guess * cell) > pixel ? guess - 1 : guess;
}

/** Left edge of a column, and upper edge of a row, in device pixels. */
export function columnEdge({ left, cell }: GridGeometry, column: number): number {
  return left + Math.round(column * cell);
}

export function rowEdge({ top, cell }: GridGeometry, row: number): number {
  return top + Math.round(row * cell);
}

/** Upper left corner of a cell in device pixels. */
export function cellOrigin(geometry: GridGeometry, position: number): readonly [x: number, y: number] {
  const row = Math.floor(position / geometry.columns);
  return [columnEdge(geometry, position % geometry.columns), rowEdge(geometry, row)];
}

/** Whether any part of a cell lies on the canvas. */
export function isOnCanvas(geometry: GridGeometry, position: number): boolean {
  const [x, y] = cellOrigin(geometry, position);
  const { cell, width, height } = geometry;
  return x + cell > 0 && y + cell > 0 && x < width && y < height;
}

/** The rows and columns that lie on the canvas, at least in part. The ends are not part of the ranges. */
export function shownCells(geometry: GridGeometry): {
  readonly rows: readonly [from: number, to: number];
  readonly columns: readonly [from: number, to: number];
} {
  const { left, top, cell, width, height } = geometry;
  const range = (start: number, room: number, count: number): readonly [number, number] => [
    Math.max(0, Math.floor(-start / cell)),
    Math.min(count, Math.ceil((room - start) / cell)),
  ];
  return { rows: range(top, height, geometry.rows), columns: range(left, width, geometry.columns) };
}
