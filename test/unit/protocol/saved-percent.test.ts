import { describe, expect, it } from 'vitest';
import { savedPercent } from '../../../sidecar/protocol';

describe('the percentage of steps saved', () => {
  it.each([
    [76, 256, 70],
    [713, 8190, 91],
    [576, 576, 0],
    [1, 3, 66],
    [255, 256, 0],
    [71, 100, 29],
    [5, 0, 0],
  ])('of %i steps instead of %i is %i, never rounded up', (steps, rasterSteps, percent) => {
    expect(savedPercent(steps, rasterSteps)).toBe(percent);
  });
});
