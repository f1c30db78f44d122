import { describe, expect, it } from 'vitest';
import { alignRuns, placeOf } from '../../../sidecar/comparison/alignment';
import { recordOf } from './record-of';

const TOKENS = [
  [1, 2, 3],
  [4, 5, 6],
];
/** Two rows at once: 5 steps for 6 cells. */
const zipar = recordOf({
  tokens: TOKENS,
  steps: [
    [1, 2, 3],
    [3, 4, 5],
  ],
}).snapshot;
const raster = recordOf({
  tokens: TOKENS,
  steps: [
    [1, 2, 3],
    [4, 5, 6],
  ],
}).snapshot;

describe('two runs on one slider', () => {
  it('stand at the same number of cells, and no step of either is skipped', () => {
    const aligned = alignRuns(zipar, raster, 'cells');
    expect([...aligned.values]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    // Step 3 of the first run decides two cells, so it is not done when the other has three.
    expect([...aligned.steps[0]]).toEqual([0, 1, 2, 2, 3, 4, 5]);
    expect([...aligned.steps[1]]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('stand at the same step, and the shorter one waits at its end', () => {
    const aligned = alignRuns(zipar, raster, 'step');
    expect([...aligned.steps[0]]).toEqual([0, 1, 2, 3, 4, 5, 5]);
    expect([...aligned.steps[1]]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('stand at the same time', () => {
    const slow = { ...zipar, stepMs: Float32Array.of(4, 4, 4, 4, 4) };
    const fast = { ...raster, stepMs: Float32Array.of(3, 3, 3, 3, 3, 3) };
    const aligned = alignRuns(slow, fast, 'time');
    expect([...aligned.values]).toEqual([0, 3, 4, 6, 8, 9, 12, 15, 16, 18, 20]);
    expect([...aligned.steps[0]]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
    expect([...aligned.steps[1]]).toEqual([0, 1, 1, 2, 2, 3, 4, 5, 5, 6, 6]);
  });

  it('keep the last of several steps that decide nothing', () => {
    const waiting = recordOf({ tokens: [[1, 2]], steps: [[1, 4]] }).snapshot;
    expect([...alignRuns(waiting, waiting, 'cells').steps[0]]).toEqual([0, 3, 4]);
  });

  it('find the place of a step', () => {
    const aligned = alignRuns(zipar, raster, 'cells');
    expect([placeOf(aligned, 0, 3), placeOf(aligned, 1, 3), placeOf(aligned, 0, 0)]).toEqual([4, 3, 0]);
    expect(placeOf(aligned, 0, 99)).toBe(6);
  });
});
