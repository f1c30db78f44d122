import { describe, expect, it } from 'vitest';
import {
  blockedShapes,
  quantizeRows,
  type BlockBits,
} from '../../../sidecar/model/precision/block-quantization';

/** The weights that codes, scales and zero points stand for, according to ONNX Runtime's documentation of MatMulNBits. */
function restored(weights: Float32Array, width: number, bits: BlockBits): number[] {
  const { codes, scales, zeroPoints } = quantizeRows(weights, width, bits);
  const { codes: shape, zeroPoints: zeroPointShape } = blockedShapes(weights.length / width, width, bits);
  const number = (bytes: Uint8Array, start: number, i: number): number =>
    bits === 8 ? (bytes[start + i] ?? NaN) : ((bytes[start + (i >> 1)] ?? NaN) >> (4 * (i & 1))) & 15;
  return Array.from(weights, (_, at) => {
    const row = Math.floor(at / width);
    const block = Math.floor((at % width) / 32);
    const index = row * shape[1] + block;
    const code = number(codes, index * shape[2], (at % width) % 32);
    return (code - number(zeroPoints, row * zeroPointShape[1], block)) * (scales[index] ?? NaN);
  });
}

function seeded(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

describe('a block of 4 bits', () => {
  it('has codes from its least to its greatest weight, the first in the lower half of a byte', () => {
    const weights = Float32Array.from({ length: 32 }, (_, i) => (i % 16) - 5); // -5..10, twice
    const { codes, scales, zeroPoints } = quantizeRows(weights, 32, 4);
    expect(Array.from(scales)).toEqual([1]);
    expect(Array.from(zeroPoints)).toEqual([5]);
    const half = [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe];
    expect(Array.from(codes)).toEqual([...half, ...half]);
  });

  it('shares a byte of zero points with its neighbour, row by row', () => {
    const weights = new Float32Array(3 * 32 * 2).fill(-1); // two rows of three blocks
    weights.fill(15, 0, 1);
    weights[1] = 0;
    const { zeroPoints, scales } = quantizeRows(weights, 96, 4);
    expect(blockedShapes(2, 96, 4)).toEqual({ codes: [2, 3, 16], scales: [2, 3], zeroPoints: [2, 2] });
    expect(scales[0]).toBeCloseTo(16 / 15, 6);
    expect(Array.from(zeroPoints)).toEqual([0xf1, 0x0f, 0xff, 0x0f]);
  });
});

describe('a block of 8 bits', () => {
  it('has 256 codes, one of them exactly 0', () => {
    const weights = Float32Array.from({ length: 32 }, (_, i) => i - 1); // -1..30
    weights[31] = 254;
    const { codes, scales, zeroPoints } = quantizeRows(weights, 32, 8);
    expect(Array.from(scales)).toEqual([1]);
    expect(Array.from(zeroPoints)).toEqual([1]);
    expect(Array.from(codes)).toEqual([...Array.from({ length: 31 }, (_, i) => i), 255]);
  });
});

describe.each([4, 8] as const)('weights of %i bits', (bits) => {
  it.each([32, 64, 40, 1, 31, 33])('are off by half a scale at most, in rows of %i', (width) => {
    const weights = seeded(5 * width);
    const { scales } = quantizeRows(weights, width, bits);
    const largest = Math.max(...scales);
    const errors = restored(weights, width, bits).map((value, i) => Math.abs(value - (weights[i] ?? NaN)));
    // The zero point is rounded, too, so the outermost value may be cut off by another half.
    expect(Math.max(...errors)).toBeLessThanOrEqual(1.001 * largest);
    expect(errors.filter((error) => error > 0.501 * largest).length).toBeLessThanOrEqual(errors.length / 8);
    expect(errors.some((error) => error > 0)).toBe(true);
  });

  it('that are 0 stay exactly 0, in a block of nothing else and among others', () => {
    const weights = seeded(64).map((value, i) => (i < 32 || i % 3 === 0 ? 0 : value));
    const values = restored(weights, 64, bits);
    expect(values.filter((_, i) => weights[i] === 0).every((value) => value === 0)).toBe(true);
  });

  it('are refused where they are not finite', () => {
    for (const wrong of [NaN, Infinity, -Infinity])
      expect(() => quantizeRows(seeded(64).fill(wrong, 40, 41), 32, bits)).toThrow('which is no weight');
  });
});
