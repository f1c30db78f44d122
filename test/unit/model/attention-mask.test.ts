import { describe, expect, it } from 'vitest';
import { attentionMask } from '../../../sidecar/model/cache/attention-mask';
import type { CacheEntry } from '../../../sidecar/model/cache/kv-cache';

const NEVER = Infinity;

function entry(position: number, time = 0, until = NEVER): CacheEntry {
  return { position, time, until };
}

/** For each query, the positions of the slots that it sees, and of the entries of its own step. */
function seen(
  held: readonly (CacheEntry | undefined)[],
  entries: readonly CacheEntry[],
  { slots = held.length, padded = [[false]], half = 0 } = {},
): number[][] {
  const table = {
    positions: held.map((each) => each?.position ?? Infinity),
    times: held.map((each) => each?.time ?? 0),
    untils: held.map((each) => each?.until ?? NEVER),
  };
  const mask = attentionMask(table, entries, slots, padded);
  const width = slots + entries.length;
  expect(mask).toHaveLength(padded.length * entries.length * width);
  const all = [...held, ...new Array<undefined>(slots - held.length).fill(undefined), ...entries];
  return entries.map((_, i) =>
    all.flatMap((each, column) =>
      mask[(half * entries.length + i) * width + column] === 0 ? [each?.position ?? NaN] : [],
    ),
  );
}

describe('the attention mask', () => {
  it('shows a query earlier inputs and itself', () => {
    expect(seen([], [entry(0)])).toEqual([[0]]);
    expect(seen([entry(0), entry(1)], [entry(2), entry(5)])).toEqual([
      [0, 1, 2],
      [0, 1, 2, 5],
    ]);
    expect(seen([entry(0), entry(5)], [entry(3)])).toEqual([[0, 3]]);
  });

  it('shows entries in whatever slot they lie, and no slot without one', () => {
    expect(seen([entry(7), undefined, entry(0)], [entry(4)], { slots: 6 })).toEqual([[0, 4]]);
  });

  it('shows each query of a shared position itself, and the other one only while it is valid', () => {
    const standIn = entry(4, 1, 3);
    const trueEnd = entry(4, 3);
    expect(seen([], [standIn, trueEnd, entry(5, 2), entry(6, 3)])).toEqual([[4], [4], [4, 5], [4, 5, 6]]);
    const columns = (query: CacheEntry) => seen([standIn, trueEnd], [query])[0];
    expect(columns(entry(9, 0))).toEqual([9]);
    expect(columns(entry(9, 2))).toEqual([4, 9]);
    expect(columns(entry(9, 3))).toEqual([4, 9]);
  });

  it('hides what has not begun, and what has ended', () => {
    const held = [entry(0, 0, 2), entry(1, 1), entry(2, 5)];
    expect(seen(held, [entry(9, 0)])).toEqual([[0, 9]]);
    expect(seen(held, [entry(9, 1)])).toEqual([[0, 1, 9]]);
    expect(seen(held, [entry(9, 2)])).toEqual([[1, 9]]);
    expect(seen(held, [entry(9, 5)])).toEqual([[1, 2, 9]]);
  });

  it('shows the prompt nothing but itself, and the prompt to all', () => {
    const prompt = entry(0, -Infinity);
    expect(seen([prompt], [entry(1, -100)])).toEqual([[0, 1]]);
    expect(seen([entry(0, 0)], [entry(1, -Infinity)])).toEqual([[1]]);
  });

  it('hides padding from all but itself, in each half by its own padding', () => {
    const padded = [
      [true, false, false],
      [true, true, false],
    ];
    const prefix = [entry(0), entry(1), entry(2)];
    expect(seen([], prefix, { padded, half: 0 })).toEqual([[0], [1], [1, 2]]);
    expect(seen([], prefix, { padded, half: 1 })).toEqual([[0], [1], [2]]);
    expect(seen(prefix, [entry(3)], { padded, half: 1 })).toEqual([[2, 3]]);
  });
});
