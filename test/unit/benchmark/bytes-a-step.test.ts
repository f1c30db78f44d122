import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytesAStep } from '../../../sidecar/benchmark/bytes-a-step';
import { readModelFolder } from '../../../sidecar/model/model-folder';

/** 3 layers, dim 64, 4 heads, vocabulary of 128, feed-forward width 192, 8x8 tokens after one of the condition. */
const MODEL = path.join(__dirname, '../../golden/llamagen-c2i');
const [LAYERS, DIM, HIDDEN, VOCAB] = [3, 64, 192, 128];
/** The condition's, and half of the picture's. */
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
