import { describe, expect, it } from 'vitest';
import { HostKeyValueCache } from '../../../sidecar/model/cache/host-kv-cache';
import type { CacheEntry } from '../../../sidecar/model/cache/kv-cache';
import { HostTensor } from '../../../sidecar/runtime/tensor';

const SHAPE = { layers: 1, kvHeads: 2, capacity: 150, headDim: 4, padded: [[false], [false]] };
const ROWS = SHAPE.padded.length * SHAPE.kvHeads;

/** A number that shows row and position. Each of a slot's headDim numbers has this value. */
function content(row: number, position: number): number {
  return 1000 * row + position;
}

/** Feeds tokens at these positions and returns their entries. */
async function pass(
  cache: HostKeyValueCache,
  positions: readonly number[],
  offset = 0,
): Promise<readonly CacheEntry[]> {
  const entries = positions.map((position) => ({ position, time: 0, until: Infinity }));
  cache.feedsFor(entries);
  const { headDim, kvHeads, padded } = SHAPE;
  const n = positions.length;
  const keysAndValues = 2 * ROWS;
  const data = Float32Array.from({ length: keysAndValues * n * headDim }, (_, i) => {
    const row = Math.floor(i / (n * headDim));
    return content(row, positions[Math.floor(i / headDim) % n] ?? NaN) + offset;
  });
  const own = new HostTensor('float32', data, [2 * padded.length, kvHeads, n, headDim]);
  await cache.keep({ keys_values: own }, entries);
  return entries;
}

/**
 * Rows that a query at the end sees. Each row holds the first number of each slot that the mask shows, in the order of
 * positions.
 */
function visible(cache: HostKeyValueCache, name: 'key' | 'value'): number[][] {
  const feeds = cache.feedsFor([{ position: 149, time: 0, until: Infinity }]);
  const past = feeds[`past_${name}_0`];
  const mask = feeds.mask?.data;
  const slots = past?.dims[2] ?? NaN;
  return Array.from({ length: ROWS }, (_, row) =>
    Array.from({ length: slots }, (_unused, slot) => slot)
      .filter((slot) => mask?.[slot] === 0)
      .map((slot) => Number(past?.data[(row * slots + slot) * SHAPE.headDim]))
      .sort((a, b) => a - b),
  );
}

/** The expected rows. @param firstRow 0 for keys; the rows of values come after them */
function expected(firstRow: number, positions: readonly number[], offset = 0): number[][] {
  return Array.from({ length: ROWS }, (_, row) =>
    positions.map((position) => content(firstRow + row, position) + offset),
  );
}

describe('keys and values in host memory', () => {
  it('have hardly more slots than entries', async () => {
    const cache = new HostKeyValueCache(SHAPE);
    const slotsAfter = async (count: number): Promise<number> => {
      while (fed < count) await pass(cache, [fed++]);
      const feeds = cache.feedsFor([{ position: 149, time: 0, until: Infinity }]);
      const slots = feeds.past_key_0?.dims[2] ?? NaN;
      expect(feeds.mask?.dims).toEqual([2, 1, 1, slots + 1]);
      return slots;
    };
    let fed = 0;
    expect(await slotsAfter(1)).toBe(64);
    expect(await slotsAfter(63)).toBe(64);
    expect(await slotsAfter(64)).toBe(128);
    expect(await slotsAfter(128)).toBe(150);
    // This is more than a run without drafts needs, but the cache grows nevertheless.
    expect(await slotsAfter(150)).toBe(151);
  });

  it('stay readable when slots are added', async () => {
    const cache = new HostKeyValueCache(SHAPE);
    const positions = Array.from({ length: 100 }, (_, i) => i);
    await pass(cache, positions.slice(0, 3));
    await pass(cache, positions.slice(3, 80));
    await pass(cache, positions.slice(80));
    expect(visible(cache, 'key')).toEqual(expected(0, positions));
    expect(visible(cache, 'value')).toEqual(expected(ROWS, positions));
  });

  it('are hidden once they are forgotten, wherever they lie, and their slots are used again', async () => {
    const cache = new HostKeyValueCache(SHAPE);
    const first = await pass(cache, [0, 1, 2, 3, 4, 5]);
    const slotsBefore = cache.feedsFor([]).past_key_0?.dims[2];
    cache.forget(first.filter(({ position }) => position === 1 || position === 4));
    expect(visible(cache, 'key')).toEqual(expected(0, [0, 2, 3, 5]));
    for (let round = 0; round < 40; round++) {
      const again = await pass(cache, [1, 4, 7], 0.5);
      cache.forget(again);
    }
    expect(cache.feedsFor([]).past_key_0?.dims[2]).toBe(slotsBefore);
    await pass(cache, [4, 6, 7], 0.5);
    expect(visible(cache, 'value')[1]).toEqual(
      [...(expected(ROWS, [0, 2, 3, 5])[1] ?? []), ...(expected(ROWS, [4, 6, 7], 0.5)[1] ?? [])].sort(
        (a, b) => a - b,
      ),
    );
  });

  it('may share a position', async () => {
    const cache = new HostKeyValueCache(SHAPE);
    const standIn = await pass(cache, [0, 5]);
    await pass(cache, [5], 0.5);
    expect(visible(cache, 'key')[0]).toEqual([content(0, 0), content(0, 5), content(0, 5) + 0.5]);
    cache.forget(standIn.slice(1));
    expect(visible(cache, 'key')[0]).toEqual([content(0, 0), content(0, 5) + 0.5]);
  });

  it('cannot be forgotten twice', async () => {
    const cache = new HostKeyValueCache(SHAPE);
    const entries = await pass(cache, [3]);
    cache.forget(entries);
    expect(() => {
      cache.forget(entries);
    }).toThrow('position 3');
  });
});
