import { describe, expect, it } from 'vitest';
import { choosePrecision } from '../../../sidecar/engine/precision-choice';
import { inEnglish } from '../../../sidecar/protocol';
import { RequestError } from '../../../sidecar/engine/request-error';
import type { WeightSource } from '../../../sidecar/model/checkpoint';
import { LlamaGenTransformer } from '../../../sidecar/model/families/llamagen/transformer';
import { transformerMemory } from '../../../sidecar/model/transformer/transformer-memory';
import type { WeightDType } from '../../../sidecar/model/weights/tensor-location';

const MEMORY = { stored: 12e9, int8: 4e9, int4: 2.4e9 };

function automatic(provider: string, available: number) {
  return choosePrecision('auto', provider, MEMORY, available);
}

describe('the automatic precision', () => {
  it.each([
    [64e9, 'stored'],
    [16.5e9, 'stored'],
    [16.3e9, 'int8'],
    [6e9, 'int8'],
    [5e9, 'int4'],
    [1e9, 'int4'],
  ])('with %d bytes free is %s: as faithful as memory allows', (available, precision) => {
    expect(automatic('cpu', available).precision).toBe(precision);
    expect(automatic('webgpu', available).precision).toBe(precision);
  });

  it('is 4 bits where 8 would fit but take much longer on this processor, and says so', () => {
    const slow = choosePrecision('auto', 'cpu', MEMORY, 8e9, { int8: 17, int4: 10 });
    expect(slow.precision).toBe('int4');
    expect(inEnglish(slow.reason)).toBe(
      'Weights packed to 4 bits (2.4 GB), because as stored they would take 12 GB of 8.0 GB of free memory, ' +
        'and 8 bits take 1.7 times as long on this processor; precision stored would have them so all the same.',
    );
    expect(choosePrecision('auto', 'cpu', MEMORY, 8e9, { int8: 12, int4: 10 }).precision).toBe('int8');
    expect(choosePrecision('auto', 'cpu', MEMORY, 64e9, { int8: 17, int4: 10 }).precision).toBe('stored');
  });

  it('is explained to the user, with figures, if it is not the stored precision', () => {
    expect(automatic('cpu', 64e9)).toMatchObject({ isNews: false });
    expect(inEnglish(automatic('cpu', 64e9).reason)).toBe(
      'Weights as stored: they take 12 GB of 64 GB of free memory.',
    );
    const packed = automatic('cpu', 8e9);
    expect(packed.isNews).toBe(true);
    expect(inEnglish(packed.reason)).toBe(
      'Weights packed to 8 bits (4.0 GB), because as stored they would take 12 GB of 8.0 GB of free memory; ' +
        'precision stored would have them so all the same.',
    );
    expect(inEnglish(automatic('cpu', 1e9).reason)).toContain('which may not do either');
  });

  it('leaves a small model as it is stored, however little memory there is', () => {
    const small = { stored: 12e6, int8: 4e6, int4: 3e6 };
    expect(choosePrecision('auto', 'cpu', small, 100e6).precision).toBe('stored');
  });

  it('is the stored one on providers for which packed weights were never checked', () => {
    expect(automatic('cuda', 1e9).precision).toBe('stored');
  });
});

describe('a precision that the user names', () => {
  it('is used, however little memory there is', () => {
    for (const precision of ['stored', 'float16', 'int8', 'int4'] as const)
      expect(choosePrecision(precision, 'cpu', MEMORY, 1e9)).toMatchObject({ precision, isNews: false });
  });

  it('is refused on a provider that does not run it, in a sentence that names both', () => {
    expect(() => choosePrecision('int4', 'dml', MEMORY, 64e9)).toThrow(RequestError);
    expect(() => choosePrecision('int4', 'dml', MEMORY, 64e9)).toThrow(/int4 .* provider dml.*choose/);
    expect(choosePrecision('stored', 'dml', MEMORY, 64e9).precision).toBe('stored');
  });
});

describe('the memory of a transformer', () => {
  /** Weights of any shape, all stored in one type, with a feed-forward layer of width 128. */
  const storedAs = (dtype: WeightDType): WeightSource => ({
    file: 'model.pt',
    folder: '',
    tensor: (_, shape) => ({ file: 'model.pt', offset: 0, byteLength: 0, dtype, shape }),
    rows: () => 128,
  });
  const manifest = { weights: 'model.pt', layers: 2, dim: 64, heads: 2, kvHeads: 1, vocab: 100 };
  const description = new LlamaGenTransformer(
    { ...manifest, ropeBase: 1e4, normEps: 1e-5 },
    { kind: 'class', classes: 2 },
    { height: 4, width: 4 },
  ).describe(storedAs('F32'));

  it('is that of its weights in the precision used, and of keys and values of both halves', () => {
    const memory = transformerMemory(description);
    const linear = 2 * (128 * 64 + 64 * 64 + 3 * 128 * 64);
    const output = 100 * 64;
    const others = 4 * (100 * 64 + 5 * 64);
    const cache = 2 * 2 * 2 * 17 * 32 * 4;
    expect(memory.cache).toBe(cache);
    expect(memory.weights.stored).toBe(4 * (linear + output) + others);
    // Each block of 32 has a scale of 4 bytes, and a zero point with as many bits as a code.
    expect(memory.weights.int8).toBe(((linear + output) * 37) / 32 + others);
    expect(memory.weights.int4).toBe(((linear + output) * 20.5) / 32 + others);
  });

  it('has the embedding table as it is stored, whatever the rest is computed with', () => {
    const [asFloats, asHalves] = [
      transformerMemory(description),
      transformerMemory(description, storedAs('F16')),
    ];
    for (const precision of ['stored', 'int8', 'int4'] as const)
      expect(asFloats.weights[precision] - asHalves.weights[precision]).toBe(2 * 100 * 64);
  });
});
