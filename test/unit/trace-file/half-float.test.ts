import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHalf, toHalf } from '../../../sidecar/trace-file/half-float';

describe('a number of 16 bits', () => {
  it('comes back from every pattern of bits', () => {
    const all = Array.from({ length: 65536 }, (_, bits) => bits);
    const changed = all.filter((bits) => !Number.isNaN(fromHalf(bits)) && toHalf(fromHalf(bits)) !== bits);
    expect(changed).toEqual([]);
    expect(toHalf(NaN)).toBe(0x7e00);
  });

  it('is the nearest one, and the even one of two', () => {
    fc.assert(
      fc.property(fc.double({ min: -70000, max: 70000, noNaN: true }), (value) => {
        const bits = toHalf(value);
        const distance = Math.abs(fromHalf(bits) - Math.fround(value));
        for (const other of [bits - 1, bits + 1]) {
          const there = fromHalf(other);
          if (Number.isFinite(there))
            expect(distance).toBeLessThanOrEqual(Math.abs(there - Math.fround(value)));
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
    expect(fromHalf(toHalf(2049))).toBe(2048);
    expect(fromHalf(toHalf(2051))).toBe(2052);
  });

  it('stays finite beyond the range', () => {
    expect(fromHalf(toHalf(1e9))).toBe(65504);
    expect(fromHalf(toHalf(-1e9))).toBe(-65504);
    expect(fromHalf(toHalf(Infinity))).toBe(Infinity);
  });
});
