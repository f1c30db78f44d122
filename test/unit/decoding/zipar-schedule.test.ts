import { describe, expect, it } from 'vitest';
import {
  countRasterSteps,
  countSteps,
  WindowError,
  ziparSchedule,
} from '../../../sidecar/decoding/zipar-schedule';

/** Eq. 1 read literally, cell by cell, with no notion of rows running ahead. */
function bruteForce(height: number, width: number, window: number): number[][] {
  const done = new Set<number>();
  const steps: number[][] = [];
  while (done.size < height * width) {
    const ready: number[] = [];
    for (let row = 0; row < height; row++) {
      let column = 0;
      while (done.has(row * width + column) && column < width) column++;
      if (column === width) continue;
      let holds = true;
      for (let k = column; row > 0 && k < Math.min(column + window, width); k++)
        holds &&= done.has((row - 1) * width + k);
      if (holds) ready.push(row * width + column);
    }
    for (const cell of ready) done.add(cell);
    steps.push(ready);
  }
  return steps;
}

const SIDES = Array.from({ length: 12 }, (_, i) => i + 1);

describe('the ZipAR schedule', () => {
  it.each(SIDES)('is what Eq. 1 says, for %i rows, all widths and windows up to 12', (height) => {
    for (const width of SIDES) {
      for (let window = 1; window <= width; window++) {
        const schedule = [...ziparSchedule({ grid: { height, width }, window, firstRow: 'windowed' })];
        expect(schedule).toEqual(bruteForce(height, width, window));
        expect(schedule.flat().sort((a, b) => a - b)).toEqual(
          Array.from({ length: height * width }, (_, i) => i),
        );
        expect(schedule).toHaveLength(width + (height - 1) * window);
      }
    }
  });

  it.each(SIDES.slice(1))('finishes row 0 first when asked, %i rows: 2W + (H-2)s steps', (height) => {
    for (const width of SIDES) {
      for (let window = 1; window <= width; window++) {
        const schedule = [...ziparSchedule({ grid: { height, width }, window, firstRow: 'sequential' })];
        expect(schedule).toHaveLength(2 * width + (height - 2) * window);
        expect(schedule.slice(0, width)).toEqual(Array.from({ length: width }, (_, column) => [column]));
        expect(new Set(schedule.flat()).size).toBe(height * width);
      }
    }
  });

  it('is raster order when the window is the width', () => {
    const schedule = [...ziparSchedule({ grid: { height: 3, width: 4 }, window: 4, firstRow: 'windowed' })];
    expect(schedule).toEqual([[0], [1], [2], [3], [4], [5], [6], [7], [8], [9], [10], [11]]);
  });

  it('decodes a small grid as drawn in the paper', () => {
    expect([...ziparSchedule({ grid: { height: 3, width: 4 }, window: 2, firstRow: 'windowed' })]).toEqual([
      [0],
      [1],
      [2, 4],
      [3, 5],
      [6, 8],
      [7, 9],
      [10],
      [11],
    ]);
  });

  it.each([0, -1, 5, 1.5, NaN])('refuses window %d on a grid 4 wide', (window) => {
    expect(() => [...ziparSchedule({ grid: { height: 2, width: 4 }, window, firstRow: 'windowed' })]).toThrow(
      WindowError,
    );
  });
});

describe('step counts', () => {
  it.each([
    [90, 31, 2849],
    [90, 15, 1425],
    [90, 7, 713],
    [48, 10, 518],
  ])('are the published ones: %i squared, window %i', (side, window, steps) => {
    expect(countSteps({ grid: { height: side, width: side }, window, firstRow: 'windowed' })).toBe(steps);
  });

  it('count a finished first row as the authors do for LlamaGen', () => {
    expect(countSteps({ grid: { height: 24, width: 24 }, window: 16, firstRow: 'sequential' })).toBe(400);
  });

  it('count terminators in raster order', () => {
    expect(countRasterSteps({ height: 90, width: 90 }, true)).toBe(8190);
    expect(countRasterSteps({ height: 16, width: 16 })).toBe(256);
  });
});
