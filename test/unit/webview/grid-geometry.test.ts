import { describe, expect, it } from 'vitest';
import { cellAt, cellOrigin, fitGrid } from '../../../webview/canvas/grid-geometry';

describe('grid geometry', () => {
  it('makes cells whole pixels, as large as fit', () => {
    expect(fitGrid(3, 4, 103, 1000)).toMatchObject({ cell: 25, width: 100, height: 75 });
    expect(fitGrid(3, 4, 1000, 61)).toMatchObject({ cell: 20, width: 80, height: 60 });
  });

  it('never makes a cell smaller than a pixel', () => {
    expect(fitGrid(90, 90, 40, 40)).toMatchObject({ cell: 1, gap: 0 });
  });

  it('finds every cell at its own place', () => {
    const geometry = fitGrid(3, 4, 100, 100);
    for (let position = 0; position < 12; position++) {
      const [x, y] = cellOrigin(geometry, position);
      expect(cellAt(geometry, x, y)).toBe(position);
      expect(cellAt(geometry, x + geometry.cell - 1, y + geometry.cell - 1)).toBe(position);
    }
  });

  it('finds none outside', () => {
    const geometry = fitGrid(3, 4, 100, 100);
    expect(cellAt(geometry, -1, 0)).toBeUndefined();
    expect(cellAt(geometry, geometry.width, 0)).toBeUndefined();
    expect(cellAt(geometry, 0, geometry.height)).toBeUndefined();
  });
});
