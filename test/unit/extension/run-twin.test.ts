import { describe, expect, it } from 'vitest';
import { isSameDrawing, twinOf } from '../../../extension/run-twin';
import type { RunSummary } from '../../../sidecar/trace-file/run-summary';

const RASTER: RunSummary = {
  model: 'small',
  condition: { kind: 'prompt', prompt: 'a lake' },
  seed: 7,
  decoder: 'raster',
  // A record also states the values that raster order stands for.
  decoderSettings: { window: 16, firstRow: 'windowed', standIn: 'nearest', lookahead: 0 },
  ...{ guidance: 4, temperature: 1, topK: 0, topP: 1, greedy: false },
  ...{ precision: 'stored', provider: 'cpu' },
  ...{ steps: 256, rasterSteps: 256, grid: [16, 16], state: 'complete', noise: 2 },
  ...{ weights: 'digest', madeAt: 1 },
};
const wanted = { ...RASTER, decoderSettings: { lookahead: 0 } };

describe('the twin of a wanted run', () => {
  it('has the same drawing and the settings that the wanted run names', () => {
    expect(isSameDrawing(wanted, RASTER)).toBe(true);
    expect(isSameDrawing(wanted, { ...RASTER, provider: 'webgpu', madeAt: 2 })).toBe(true);
  });

  it.each([
    ['seed', { seed: 8 }],
    ['prompt', { condition: { kind: 'prompt', prompt: 'a sea' } }],
    ['weights', { weights: 'other' }],
    ['noise', { noise: 1 }],
    ['guidance', { guidance: 3 }],
    ['text after the prompt', { suffix: 'in oil' }],
    ['decoder', { decoder: 'zipar' }],
    ['lookahead', { decoderSettings: { ...RASTER.decoderSettings, lookahead: 4 } }],
  ] as const)('has no other %s', (_, change) => {
    expect(isSameDrawing(wanted, { ...RASTER, ...change })).toBe(false);
  });

  it('is a finished run', () => {
    const runs = [{ summary: { ...RASTER, state: 'cancelled' as const } }, { summary: RASTER }];
    expect(twinOf(wanted, runs)).toBe(runs[1]);
    expect(twinOf(wanted, runs.slice(0, 1))).toBeUndefined();
  });
});
