import { describe, expect, it } from 'vitest';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float16ToNumber,
  float32ToFloat16,
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

describe('a float32 as float16', () => {
  it('is itself again for every float16', () => {
    const halves = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00 || (bits & 0x3ff) === 0, // there are many NaNs
    );
    expect(float32ToFloat16(float16ToFloat32(halves))).toEqual(halves);
    expect(float16ToFloat32(float32ToFloat16(Float32Array.of(NaN)))).toEqual(Float32Array.of(NaN));
  });

  it.each([
    ['a tie to the even one below', 1 + 2 ** -11, 1],
    ['a tie to the even one above', 1 + 3 * 2 ** -11, 1 + 2 ** -9],
    ['more than a tie up', 1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    ['less than a tie down', 1 + 2 ** -11 - 2 ** -20, 1],
    ['up into the next power of two', 2 - 2 ** -12, 2],
    ['up into the normal numbers', 2 ** -14 - 2 ** -26, 2 ** -14],
    ['a subnormal tie to the even one', 2.5 * 2 ** -24, 2 * 2 ** -24],
    ['a subnormal up', -2.6 * 2 ** -24, -3 * 2 ** -24],
    ['half of the smallest to 0', 2 ** -25, 0],
    ['more than half of the smallest to it', 1.1 * 2 ** -25, 2 ** -24],
    ['the smallest float32 to 0', -1e-45, -0],
    ['what is nearer to the largest to it', 65519, 65504],
    ['what is nearer to 65536 to infinity', 65520, Infinity],
    ['what is larger to infinity', -1e30, -Infinity],
  ])('is rounded: %s', (_, value, rounded) => {
    expect(float16ToFloat32(float32ToFloat16(Float32Array.of(value)))[0]).toBe(rounded);
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    const values = bfloat16ToFloat32(Uint16Array.of(0x3f80, 0xc2f7, 0x0001, 0x7f80, 0xff80, 0x7fc0));
    expect([...values]).toEqual([1, -123.5, 2 ** -133, Infinity, -Infinity, NaN]);
  });
});
