import { describe, expect, it } from 'vitest';
import type { RoundFigures } from '../../../sidecar/benchmark/round';
import { spreadOf } from '../../../sidecar/benchmark/spread';
import { over, speedUpPerReduction, summarisePictures } from '../../../sidecar/benchmark/summarise-rounds';

describe('a spread', () => {
  it('is median and quartiles, in whatever order the values come', () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
  });

  it('lies between the two nearest values in proportion', () => {
    expect(spreadOf([10, 20])).toEqual({ median: 15, low: 12.5, high: 17.5 });
  });

  it('of one value has no width', () => {
    expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7 });
  });

  it('of nothing is refused', () => {
    expect(() => spreadOf([])).toThrow('at least one value');
  });
});

describe('speed-up divided by the reduction of steps', () => {
  const raster = { ms: 1000, steps: 256 };

  it('is 1 when a step costs the same however many tokens it has', () => {
    expect(speedUpPerReduction(raster, { ms: 250, steps: 64 })).toBe(1);
  });

  it('is a half when every step costs twice as much', () => {
    expect(speedUpPerReduction(raster, { ms: 500, steps: 64 })).toBe(0.5);
  });
});

/** A round of two pictures: raster order takes 4 steps, a window takes 2. */
function round(rasterMs: number, windowMs: number, modelMs = windowMs): RoundFigures {
  return {
    ...{ loadMs: 1, loadCpuMs: 1, stepMs: [], cacheMs: [], imageMs: null, peakBytes: 1 },
    pictures: [
      { window: 2, steps: 4, ms: rasterMs, modelMs: rasterMs, passes: [] },
      { window: 1, steps: 2, ms: windowMs, modelMs, passes: [] },
    ],
  };
}

describe('pictures over rounds', () => {
  it('are compared with raster order of the same round, so a slow round changes nothing', () => {
    const [raster, windowed] = summarisePictures([round(100, 50), round(1000, 500), round(120, 60)], 0);
    expect(windowed?.speedUpPerReduction).toEqual({ median: 1, low: 1, high: 1 });
    expect(raster?.speedUpPerReduction.median).toBe(1);
    expect(windowed?.ms.median).toBe(60);
  });

  it('include the share of their time that was not spent in the model', () => {
    const [, windowed] = summarisePictures([round(100, 50, 40), round(100, 50, 45), round(100, 50, 20)], 0);
    expect(windowed?.outsideShare.median).toBeCloseTo(0.2);
  });

  it('have a number per minute that includes their drawing', () => {
    const [, windowed] = summarisePictures([round(100, 50)], 10);
    expect(windowed?.imagesAMinute).toBe(1000);
  });
});

it('a figure that one round lacks is an error, not a gap', () => {
  expect(() => over([round(1, 1), round(1, 1)], ({ stepMs }) => stepMs[0]?.ms)).toThrow('lacks a figure');
});
