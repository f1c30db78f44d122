import { describe, expect, it } from 'vitest';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float16ToNumber,
} from '../../../sidecar/model/weights/half-float';

describe('float16', () => {
  it.each([
    ['zero', 0x0000, 0],
    ['negative zero', 0x8000, -0],
    ['the smallest subnormal', 0x0001, 2 ** -24],
    ['the largest subnormal', 0x83ff, -(1023 * 2 ** -24)],
    ['the smallest normal number', 0x0400, 2 ** -14],
    ['one', 0x3c00, 1],
    ['a third, rounded', 0x3555, 0.333251953125],
    ['the largest number', 0x7bff, 65504],
    ['infinity', 0x7c00, Infinity],
    ['negative infinity', 0xfc00, -Infinity],
    ['not a number', 0x7e01, NaN],
  ])('%s is exact', (_, bits, value) => {
    expect(float16ToNumber(bits)).toBe(value);
    expect(float16ToFloat32(Uint16Array.of(bits))[0]).toBe(value);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    const values = bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc2f7, 0x0001, 0x7f80, 0xff80, 0x7fc0));
    expect([...values]).toEqual([1, -123.5, 2 ** -133, Infinity, -Infinity, NaN]);
  });
});
