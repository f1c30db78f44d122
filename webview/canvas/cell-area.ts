import { columnEdge, rowEdge, shownCells, type GridGeometry } from './grid-geometry';

/** The area of some cells on the canvas as few rectangles: one for each stretch of a row. */
export function areaOf(geometry: GridGeometry, includes: (position: number) => boolean): Path2D {
  const area = new Path2D();
  const { rows, columns } = shownCells(geometry);
  for (let row = rows[0]; row < rows[1]; row++) {
    const top = rowEdge(geometry, row);
    const height = rowEdge(geometry, row + 1) - top;
    let start = columns[0];
    for (let column = columns[0]; column <= columns[1]; column++) {
      if (column < columns[1] && includes(row * geometry.columns + column)) continue;
      if (column > start) {
        const left = columnEdge(geometry, start);
        area.rect(left, top, columnEdge(geometry, column) - left, height);
      }
      start = column + 1;
    }
  }
  return area;
}
