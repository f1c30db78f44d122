/** A token grid on a canvas, in device pixels. Cells are square and a whole number of pixels wide, so edges stay sharp. */
export interface GridGeometry {
  readonly rows: number;
  readonly columns: number;
  readonly cell: number;
  /** Space between two cells. Each cell loses it at its right and lower edge. */
  readonly gap: number;
  /** columns * cell, rows * cell. */
  readonly width: number;
  readonly height: number;
}

/** The largest grid that fits into `maxWidth` x `maxHeight` device pixels. Each cell has at least 1 pixel. */
export function fitGrid(rows: number, columns: number, maxWidth: number, maxHeight: number): GridGeometry {
  const cell = Math.max(1, Math.floor(Math.min(maxWidth / columns, maxHeight / rows)));
  const gap = cell >= 40 ? 2 : cell >= 8 ? 1 : 0;
  return { rows, columns, cell, gap, width: columns * cell, height: rows * cell };
}

/** The raster position under a point in device pixels, or undefined outside the grid. */
export function cellAt(geometry: GridGeometry, x: number, y: number): number | undefined {
  const column = Math.floor(x / geometry.cell);
  const row = Math.floor(y / geometry.cell);
  const inside = column >= 0 && column < geometry.columns && row >= 0 && row < geometry.rows;
  return inside ? row * geometry.columns + column : undefined;
}

/** Upper left corner of a cell in device pixels. */
export function cellOrigin(geometry: GridGeometry, position: number): readonly [x: number, y: number] {
  const row = Math.floor(position / geometry.columns);
  return [(position % geometry.columns) * geometry.cell, row * geometry.cell];
}
