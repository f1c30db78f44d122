import { describe, expect, it } from 'vitest';
import { leastSteps, offeredWindows, rasterSteps } from '../../../extension/step-count';
import { countSteps } from '../../../sidecar/decoding/zipar/schedule';

describe('the number of steps shown before a picture is made', () => {
  it('is W + (H-1) * window', () => {
    expect(leastSteps([16, 16], 'zipar', 4)).toBe(76);
    expect(rasterSteps([16, 16])).toBe(256);
  });

  it('is what the scheduler takes, at least when rows may wait, for every window of every small grid', () => {
    for (let height = 1; height <= 8; height++)
      for (let width = 1; width <= 8; width++)
        for (let window = 1; window <= width; window++)
          for (const [decoder, rowStart] of [
            ['zipar', 'fixed'],
            ['zipar-adaptive', 'adaptive'],
          ] as const)
            expect(
              leastSteps([height, width], decoder, window),
              `${decoder}, ${height}x${width}, window ${window}`,
            ).toBe(countSteps({ grid: { height, width }, window, firstRow: 'windowed', rowStart }).least);
  });
});

describe('the windows on offer', () => {
  it('are powers of two, the width and the model’s own', () => {
    expect(offeredWindows(16, 4)).toEqual([1, 2, 4, 8, 16]);
    expect(offeredWindows(24, 6)).toEqual([1, 2, 4, 6, 8, 16, 24]);
    expect(offeredWindows(1, 1)).toEqual([1]);
  });
});
