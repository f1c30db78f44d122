import { describe, expect, it } from 'vitest';
import { ZoomControl } from '../../../webview/zoom-control';

const grid = { height: 10, width: 10 };

describe('the part of the grid that is shown', () => {
  it('grows around a cell, which stays where it is', () => {
    let changes = 0;
    const zoom = new ZoomControl(() => changes++);
    zoom.zoomAtCell(2, 27, grid);
    // The middle of cell 27 is at 0.75, 0.25 of the whole grid and of the part.
    expect(zoom.part).toEqual({ factor: 2, x: 0.375, y: 0.125 });
    expect(changes).toBe(1);
  });

  it('grows around its middle without a cell, or with a cell out of sight', () => {
    const zoom = new ZoomControl(() => undefined);
    zoom.zoomAtCell(2, undefined, grid);
    expect(zoom.part).toEqual({ factor: 2, x: 0.25, y: 0.25 });
    zoom.zoomAtCell(2, 0, grid);
    expect(zoom.part).toEqual({ factor: 4, x: 0.375, y: 0.375 });
  });

  it('follows the cursor, and is the whole grid again', () => {
    const zoom = new ZoomControl(() => undefined);
    zoom.zoomAt(5, { x: 0, y: 0 });
    zoom.showCell(99, grid);
    expect(zoom.part.x).toBeCloseTo(0.8);
    expect(zoom.part.y).toBeCloseTo(0.8);
    zoom.centre({ x: 0.5, y: 0.5 });
    zoom.pan({ x: -1, y: 0 });
    expect(zoom.part.x).toBeCloseTo(0.2);
    zoom.showWholeGrid();
    expect(zoom.part).toEqual({ factor: 1, x: 0, y: 0 });
  });
});
