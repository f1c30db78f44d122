import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellAt,
  cellOrigin,
  fitGrid,
  shownCells,
  zoomedGeometry,
} from '../../../webview/canvas/grid-geometry';
import {
  centredAt,
  pannedBy,
  showingCell,
  WHOLE_GRID,
  zoomedBy,
  type GridZoom,
} from '../../../webview/grid-zoom';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const zooms: fc.Arbitrary<GridZoom> = fc
  .tuple(fc.double({ min: 1, max: 32, noNaN: true }), share, share)
  .map(([factor, x, y]) => centredAt({ ...WHOLE_GRID, factor }, { x, y }));

describe('zooming', () => {
  it('never leaves the grid', () => {
    fc.assert(
      fc.property(zooms, fc.double({ min: 0.1, max: 10, noNaN: true }), share, share, (zoom, by, x, y) => {
        for (const next of [zoomedBy(zoom, by, { x, y }), pannedBy(zoom, { x: 4 * x - 2, y: 4 * y - 2 })]) {
          expect(next.factor).toBeGreaterThanOrEqual(1);
          for (const side of [next.x, next.y]) {
            expect(side).toBeGreaterThanOrEqual(0);
            expect(side).toBeLessThanOrEqual(1 - 1 / next.factor + 1e-9);
          }
        }
      }),
      { seed: 16 },
    );
  });

  it('keeps the point under the pointer in its place', () => {
    const zoom = zoomedBy({ factor: 4, x: 0.3, y: 0.5 }, 2, { x: 0.25, y: 0.75 });
    expect(zoom.x + 0.25 / zoom.factor).toBeCloseTo(0.3 + 0.25 / 4);
    expect(zoom.y + 0.75 / zoom.factor).toBeCloseTo(0.5 + 0.75 / 4);
  });

  it('follows the cursor no further than needed, and shows its whole cell', () => {
    const grid = { height: 90, width: 90 };
    fc.assert(
      fc.property(zooms, fc.nat(8099), (zoom, position) => {
        const shown = showingCell(zoom, position, grid);
        const x = (position % 90) / 90;
        expect(shown.x).toBeLessThanOrEqual(x + 1e-9);
        expect(shown.x + 1 / shown.factor).toBeGreaterThanOrEqual(x + 1 / 90 - 1e-9);
        expect(showingCell(shown, position, grid)).toEqual(shown);
      }),
      { seed: 16 },
    );
  });

  it('finds each cell on the canvas where it is drawn', () => {
    fc.assert(
      fc.property(
        zooms,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 20, max: 700 }),
        (zoom, side, room) => {
          const geometry = zoomedGeometry(fitGrid(side, side, room, room), zoom);
          const { rows, columns } = shownCells(geometry);
          for (const row of [rows[0], rows[1] - 1])
            for (const column of [columns[0], columns[1] - 1]) {
              const position = row * side + column;
              const [x, y] = cellOrigin(geometry, position);
              const below = cellOrigin(geometry, position + (column < side - 1 ? 1 : 0));
              if (column < side - 1 && below[0] === x) continue;
              expect(cellAt(geometry, x, y)).toBe(position);
            }
        },
      ),
      { seed: 16 },
    );
  });
});
