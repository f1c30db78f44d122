import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../sidecar/model/weights/open-weights';
import { PickleError } from '../../../sidecar/model/weights/pickle-values';
import { damage, randomIntegers } from './damage';
import { writeSafetensors } from './write-safetensors';
import { readStateDictPickle } from '../../../sidecar/model/weights/state-dict-pickle';
import { tensorByteLength } from '../../../sidecar/model/weights/tensor-location';
import { WeightsError } from '../../../sidecar/model/weights/weights-error';
import { temporaryFolder } from './temporary-folder';
import { p, pickle, pickledDict, pickledTensor, torchFile } from './torch-file';

const ROUNDS = 300;
const folder = temporaryFolder();

const dataPkl = pickle(
  pickledDict({
    steps: p.int(3),
    model: pickledDict({
      'layers.0.w': pickledTensor({ key: '0', elements: 4, shape: [2, 2] }),
      'layers.0.b': pickledTensor({ key: '1', elements: 2, shape: [2], storageType: 'HalfStorage' }),
    }),
  }),
);
const checkpoint = torchFile(dataPkl, { 0: Buffer.alloc(16, 1), 1: Buffer.alloc(4, 2) });
const safetensors = Buffer.from(
  writeSafetensors(
    new Map([
      ['layers.0.w', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ['layers.0.b', { dtype: 'U8', shape: [5], data: new Uint8Array(5) }],
    ] as const),
  ),
);
folder.write('shard.safetensors', safetensors);
const index = Buffer.from(
  JSON.stringify({ metadata: {}, weight_map: { 'layers.0.w': 'shard.safetensors' } }),
);

describe.each([
  ['a PyTorch checkpoint', 'damaged.pt', checkpoint],
  ['a safetensors file', 'damaged.safetensors', safetensors],
  ['a safetensors index', 'damaged.safetensors.index.json', index],
])('%s, damaged', (_, name, original) => {
  it('is read whole when it is not damaged', async () => {
    expect((await openWeights(folder.write(name, original))).has('layers.0.w')).toBe(true);
  });

  it(`is refused or its tensors are inside it, ${ROUNDS} times`, { timeout: 20_000 }, async () => {
    const random = randomIntegers(20240612);
    let refused = 0;
    for (let round = 0; round < ROUNDS; round++) {
      try {
        const tensors = await openWeights(folder.write(name, damage(original, random)));
        for (const { file, offset, byteLength, dtype, shape } of tensors.values()) {
          expect(offset + byteLength).toBeLessThanOrEqual(statSync(file).size);
          expect(tensorByteLength(dtype, shape)).toBe(byteLength);
        }
      } catch (error) {
        if (!(error instanceof WeightsError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 4);
  });

  it('is refused at every length but its own', { timeout: 20_000 }, async () => {
    for (let length = 0; length < original.length; length += 1 + (length >> 6)) {
      await expect(
        openWeights(folder.write(name, original.subarray(0, length))),
        `${length} bytes`,
      ).rejects.toThrow(WeightsError);
    }
  });
});

describe('a pickle, damaged', () => {
  it('is refused or read, 20000 times', () => {
    const random = randomIntegers(7);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      try {
        readStateDictPickle(damage(dataPkl, random));
      } catch (error) {
        if (!(error instanceof PickleError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(5000);
  });
});
