import { describe, expect, it } from 'vitest';
import { PictureCosts, type PictureWork } from '../../../sidecar/engine/picture-costs';

const CPU = { provider: 'cpu', threads: 2 };
const WEBGPU = { provider: 'webgpu', threads: 2 };
const SMALL: PictureWork = { folder: '/small', wishes: {}, execution: CPU, operations: 1e9 };
const LARGE: PictureWork = { folder: '/large', wishes: {}, execution: CPU, operations: 64e9 };

describe('what a picture costs', () => {
  it('is estimated before the first picture, from operations and threads', () => {
    const costs = new PictureCosts();
    expect(costs.expectedMs(SMALL)).toBe(100);
    expect(costs.expectedMs(LARGE)).toBe(6400);
    expect(costs.expectedMs({ ...LARGE, execution: { ...CPU, threads: 8 } })).toBe(1600);
  });

  it('is the time of the last picture', () => {
    const costs = new PictureCosts();
    costs.record(LARGE, 900);
    costs.record(LARGE, 800);
    expect(costs.expectedMs(LARGE)).toBe(800);
  });

  it('is estimated at the speed of another model that was measured in the same place', () => {
    const costs = new PictureCosts();
    costs.record(SMALL, 10);
    expect(costs.expectedMs(LARGE)).toBe(640);
    expect(costs.expectedMs({ ...LARGE, execution: WEBGPU })).toBe(640);
    costs.record({ ...SMALL, execution: WEBGPU }, 1);
    expect(costs.expectedMs({ ...LARGE, execution: WEBGPU })).toBe(64);
    expect(costs.expectedMs(LARGE)).toBe(640);
  });
});
