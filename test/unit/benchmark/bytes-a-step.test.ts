import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesAStep } from '../../../sidecar/benchmark/bytes-a-step';
import { PassCost } from '../../../sidecar/benchmark/pass-cost';
import { readModelFolder } from '../../../sidecar/model/model-folder';

/**
 * A model of 3 layers, dim 64, 4 heads, vocabulary 128, feed-forward width 192. It has 8x8 tokens after one condition token.
 */
const MODEL = path.join(__dirname, '../../golden/llamagen-c2i');
const [LAYERS, DIM, HIDDEN, VOCAB] = [3, 64, 192, 128];
/** Number of positions: the condition's, and half of the picture's. */
const POSITIONS = 33;

const MATRICES = LAYERS * (3 * DIM * DIM + DIM * DIM + 3 * DIM * HIDDEN) + VOCAB * DIM;
const NORMS = (2 * LAYERS + 1) * DIM;
const KEYS_AND_VALUES = 2 * LAYERS * POSITIONS * DIM * 4;

describe('the bytes that a step reads', () => {
  it('are weights without the embeddings, and the keys and values of half a picture', async () => {
    const model = await readModelFolder(MODEL);
    const bytes = await bytesAStep(model, { provider: 'cpu', threads: 1 }, 1);
    expect(bytes).toBe(4 * (MATRICES + NORMS) + KEYS_AND_VALUES);
  });

  it('have keys and values twice with guidance', async () => {
    const model = await readModelFolder(MODEL);
    const bytes = await bytesAStep(model, { provider: 'cpu', threads: 1 }, 4);
    expect(bytes).toBe(4 * (MATRICES + NORMS) + 2 * KEYS_AND_VALUES);
  });

  it('are fewer in float16 on a device, but not on the CPU, which widens them', async () => {
    const model = await readModelFolder(MODEL);
    const float16 = { threads: 1, precision: 'float16' } as const;
    expect(await bytesAStep(model, { provider: 'cpu', ...float16 }, 1)).toBe(
      4 * (MATRICES + NORMS) + KEYS_AND_VALUES,
    );
    expect(await bytesAStep(model, { provider: 'webgpu', ...float16 }, 1)).toBe(
      2 * MATRICES + 4 * NORMS + KEYS_AND_VALUES,
    );
  });
});

describe('the floor of a picture', () => {
  const OPERATIONS = { token: 2 * (MATRICES - VOCAB * DIM), prediction: 2 * VOCAB * DIM };
  const pass = { fed: 3, predicting: 2, there: POSITIONS };

  it('is what its steps must read if memory is the limit', async () => {
    const cost = await PassCost.of(await readModelFolder(MODEL), { provider: 'cpu' }, 1);
    const limits = { readBandwidth: 1e9, operationPeak: Infinity };
    expect(cost.floorMs([pass, pass], limits)).toBeCloseTo((2000 * cost.bytes(pass)) / 1e9);
    expect(cost.bytes(pass)).toBe(4 * (MATRICES + NORMS) + KEYS_AND_VALUES);
  });

  it('is what its steps must compute if arithmetic is the limit: the output layer only for predictions, twice with guidance', async () => {
    const limits = { readBandwidth: Infinity, operationPeak: 1e9 };
    const attention = 4 * LAYERS * DIM * POSITIONS;
    const operations = 3 * (OPERATIONS.token + attention) + 2 * OPERATIONS.prediction;
    for (const [guidance, halves] of [
      [1, 1],
      [4, 2],
    ] as const) {
      const cost = await PassCost.of(await readModelFolder(MODEL), { provider: 'cpu' }, guidance);
      expect(cost.floorMs([pass], limits)).toBeCloseTo((1000 * halves * operations) / 1e9);
    }
  });

  it('counts for each step what limits that step', async () => {
    const cost = await PassCost.of(await readModelFolder(MODEL), { provider: 'cpu' }, 1);
    const narrow = { fed: 1, predicting: 1, there: 2 };
    const wide = { fed: 60, predicting: 60, there: 62 };
    const ridge = cost.operationsOf({ fed: 8, predicting: 8, there: 10 }) / cost.bytes(narrow);
    const limits = { readBandwidth: 1e9, operationPeak: 1e9 * ridge };
    expect(cost.floorMs([narrow], limits)).toBeCloseTo(cost.bytes(narrow) / 1e6);
    expect(cost.floorMs([wide], limits)).toBeCloseTo(cost.operationsOf(wide) / (1e6 * ridge));
    expect(cost.floorMs([narrow, wide], limits)).toBeCloseTo(
      cost.floorMs([narrow], limits) + cost.floorMs([wide], limits),
    );
  });
});
