import { describe, expect, it } from 'vitest';
import {
  countSteps,
  RowFronts,
  WindowError,
  ziparSchedule,
} from '../../../../sidecar/decoding/zipar/schedule';

/** Eq. 1 read literally, cell by cell, without the idea of rows that run ahead. */
function bruteForce(
  height: number,
  width: number,
  window: number,
  waits: (cell: number, step: number, done: ReadonlySet<number>) => boolean = () => false,
): number[][] {
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
      const cell = row * width + column;
      if (holds && !waits(cell, steps.length, done)) ready.push(cell);
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

  it.each(SIDES.slice(0, 6))('is what Eq. 1 says of rows that start late, too, %i rows', (height) => {
    for (const width of SIDES.slice(0, 6)) {
      for (let window = 1; window <= width; window++) {
        for (let salt = 0; salt < 4; salt++) {
          // Any step may leave the first cell of a row undecided while the row above is not complete.
          const waits = (cell: number, step: number, done: ReadonlySet<number>): boolean =>
            cell > 0 && cell % width === 0 && !done.has(cell - 1) && (cell * 7 + step * 5 + salt) % 3 > 0;
          const fronts = new RowFronts({ grid: { height, width }, window, firstRow: 'windowed' });
          const steps: number[][] = [];
          const done = new Set<number>();
          while (!fronts.isComplete) {
            const cells = fronts.due().filter((cell) => !waits(cell, steps.length, done));
            fronts.advance(cells);
            for (const cell of cells) done.add(cell);
            steps.push(cells);
          }
          expect(steps).toEqual(bruteForce(height, width, window, waits));
        }
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
    const grid = { height: side, width: side };
    expect(countSteps({ grid, window, firstRow: 'windowed', rowStart: 'fixed' })).toEqual({
      least: steps,
      most: steps,
    });
  });

  it('count a finished first row as the authors do for LlamaGen', () => {
    const grid = { height: 24, width: 24 };
    expect(countSteps({ grid, window: 16, firstRow: 'sequential', rowStart: 'fixed' }).least).toBe(400);
  });

  it('of adaptive row starts lie between acceptance in the step after the draw and raster order', () => {
    const grid = { height: 16, width: 16 };
    const bounds = (window: number, firstRow: 'windowed' | 'sequential') =>
      countSteps({ grid, window, firstRow, rowStart: 'adaptive' });
    expect(bounds(4, 'windowed')).toEqual({ least: 16 + 15 * 5, most: 256 });
    expect(bounds(4, 'sequential')).toEqual({ least: 2 * 16 + 14 * 5, most: 256 });
    expect(bounds(16, 'windowed')).toEqual({ least: 256, most: 256 });
  });

  it('of adaptive row starts are at best the fewest that the paper reports for LlamaGen', () => {
    // The paper's code finishes row 0 first: 422 and 423 steps for windows of 16, 378 and 378 for windows of 14.
    const grid = { height: 24, width: 24 };
    const least = (window: number): number =>
      countSteps({ grid, window, firstRow: 'sequential', rowStart: 'adaptive' }).least;
    expect([least(16), least(14)]).toEqual([422, 378]);
  });
});
