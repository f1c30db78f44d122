import { describe, expect, it } from 'vitest';
import { AttentionMask } from '../../../sidecar/model/llamagen/attention-mask';

/** For each query of a pass, which slots it sees: those written before, and those of the pass itself. */
function seen(mask: AttentionMask, positions: readonly number[], capacity: number, half = 0): number[][] {
  const n = positions.length;
  const shown = mask.forPass(positions, capacity, IN_ORDER.slice(0, capacity));
  const width = capacity + n;
  return positions.map((_, i) => {
    const before = Array.from({ length: capacity }, (_unused, slot) => slot).filter(
      (slot) => shown[(half * n + i) * width + slot] === 0,
    );
    const now = positions.filter((_unused, j) => shown[(half * n + i) * width + capacity + j] === 0);
    return [...before, ...now].sort((a, b) => a - b);
  });
}

/** Position p in slot p. */
const IN_ORDER = [0, 1, 2, 3, 4, 5, 6, 7];

describe('the attention mask', () => {
  it('goes by the position that a slot holds', () => {
    const mask = new AttentionMask(8, [[false]]);
    mask.forPass([0, 5, 2], 4, []);
    const shown = mask.forPass([3], 4, [0, 5, 2]);
    expect([...shown].map((score) => score === 0)).toEqual([true, false, true, false, true]);
  });

  it('shows a query what was fed, not later than itself, and itself', () => {
    const mask = new AttentionMask(8, [[false]]);
    expect(seen(mask, [0], 8)).toEqual([[0]]);
    expect(seen(mask, [1], 8)).toEqual([[0, 1]]);
    expect(seen(mask, [2, 5], 8)).toEqual([
      [0, 1, 2],
      [0, 1, 2, 5], // 3 and 4 were never fed
    ]);
    expect(seen(mask, [3], 8)).toEqual([[0, 1, 2, 3]]); // 5 is later
  });

  it('shows a replaced stand-in once, as it is now', () => {
    const mask = new AttentionMask(8, [[false]]);
    mask.forPass([0, 1, 4], 8, []);
    const shown = mask.forPass([4, 5], 8, IN_ORDER);
    expect(shown[10 + 4]).not.toBe(0); // the old value of 4 is hidden from 5 …
    expect(seen(mask, [6], 8)).toEqual([[0, 1, 4, 5, 6]]); // … and the new one seen from then on
  });

  it('hides padding from all but itself, in each half by its own padding', () => {
    const halves = [
      [true, false, false],
      [true, true, false],
    ];
    expect(seen(new AttentionMask(6, halves), [0, 1, 2], 6, 0)).toEqual([[0], [1], [1, 2]]);
    const second = new AttentionMask(6, halves);
    expect(seen(second, [0, 1, 2], 6, 1)).toEqual([[0], [1], [2]]);
    expect(seen(second, [3], 6, 1)).toEqual([[2, 3]]);
  });
});
