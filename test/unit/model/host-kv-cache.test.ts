import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { HostKeyValueCache } from '../../../sidecar/model/llamagen/host-kv-cache';

const SHAPE = { layers: 1, kvHeads: 2, capacity: 150, headDim: 4, padded: [[false], [false]] };
const ROWS = SHAPE.padded.length * SHAPE.kvHeads;

/** A number that tells row and position, as each of a slot's headDim numbers. */
function content(row: number, position: number): number {
  return 1000 * row + position;
}

async function pass(cache: HostKeyValueCache, positions: readonly number[], offset = 0): Promise<void> {
  cache.feedsFor(positions);
  const { headDim, kvHeads, padded } = SHAPE;
  const n = positions.length;
  const keysAndValues = 2 * ROWS;
  const data = Float32Array.from({ length: keysAndValues * n * headDim }, (_, i) => {
    const row = Math.floor(i / (n * headDim));
    return content(row, positions[Math.floor(i / headDim) % n] ?? NaN) + offset;
  });
  const own = new Tensor('float32', data, [2 * padded.length, kvHeads, n, headDim]);
  await cache.keep({ keys_values: own }, positions);
}

/** First number of a slot, of every row. */
function slot(past: Tensor | undefined, place: number): number[] {
  const slots = past?.dims[2] ?? NaN;
  return Array.from({ length: ROWS }, (_, row) => Number(past?.data[(row * slots + place) * SHAPE.headDim]));
}

/** @param firstRow 0 of keys; those of values come after them */
function expected(firstRow: number, position: number, offset = 0): number[] {
  return Array.from({ length: ROWS }, (_, row) => content(firstRow + row, position) + offset);
}

describe('keys and values in host memory', () => {
  it('have hardly more slots than tokens, and never more than there are positions', async () => {
    const cache = new HostKeyValueCache(SHAPE);
    const slotsAfter = async (positions: readonly number[]): Promise<number | undefined> => {
      const feeds = cache.feedsFor(positions);
      await pass(cache, positions);
      const slots = feeds.past_key_0?.dims[2] ?? NaN;
      expect(feeds.mask?.dims).toEqual([2, 1, positions.length, slots + positions.length]);
      return slots;
    };
    const from = (first: number, count: number): number[] =>
      Array.from({ length: count }, (_, i) => first + i);
    expect(await slotsAfter([149])).toBe(64);
    expect(await slotsAfter(from(0, 63))).toBe(64);
    expect(await slotsAfter([149, 5])).toBe(64);
    expect(await slotsAfter([63])).toBe(128);
    expect(await slotsAfter(from(64, 85))).toBe(150);
  });

  it('stay where they are when slots are added, and can be replaced', async () => {
    const cache = new HostKeyValueCache(SHAPE);
    await pass(cache, [0, 1, 2]);
    await pass(cache, [40, 3]);
    await pass(cache, [100, 40, 101, 1], 0.5);
    const others = Array.from({ length: 59 }, (_, i) => 41 + i);
    const { past_key_0: key, past_value_0: value } = cache.feedsFor(others);
    for (const [past, firstRow] of [
      [key, 0],
      [value, ROWS],
    ] as const) {
      expect(past?.dims).toEqual([2, 2, 128, 4]);
      // In the order in which they were fed.
      for (const [place, position] of [0, 1, 2, 40, 3, 100, 101].entries()) {
        const isNewer = [1, 40, 100, 101].includes(position);
        expect(slot(past, place)).toEqual(expected(firstRow, position, isNewer ? 0.5 : 0));
      }
    }
  });
});
