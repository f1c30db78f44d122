import { HIDDEN_SCORE } from './hidden-score';
import type { CacheEntry } from './kv-cache';

/** Position of a slot that no query sees. */
const NOWHERE = Infinity;

/** The contents of a cache's slots, as far as attention must know them. */
export interface SlotTable {
  /** Sequence position in each slot; Infinity for a slot without an entry. */
  readonly positions: readonly number[];
  readonly times: readonly number[];
  readonly untils: readonly number[];
}

/**
 * The mask of attention: 0 where a query may look, very negative elsewhere. A query sees itself and the keys that the rule of
 * `TokenInput` allows. No other query sees a padding position of the prefix, so a caption's length makes no difference.
 *
 * @param held contents of the slots, from slot 0 on
 * @param entries of the pass
 * @param slots number of slots in the cache, at least as many as are held
 * @param padded for each half of the batch, which positions of the prefix are padding
 * @returns [B, 1, n, slots + n]: for each query first the slots, then the keys of the pass itself
 */
export function attentionMask(
  held: SlotTable,
  entries: readonly CacheEntry[],
  slots: number,
  padded: readonly (readonly boolean[])[],
): Float32Array {
  const n = entries.length;
  const width = slots + n;
  const mask = new Float32Array(padded.length * n * width).fill(HIDDEN_SCORE);
  for (const [half, isPadded] of padded.entries()) {
    const keyAt = (position: number): number => (isPadded[position] === true ? NOWHERE : position);
    const old = { ...held, positions: isPadded.includes(true) ? held.positions.map(keyAt) : held.positions };
    const own = tableOf(entries, keyAt);
    for (const [i, query] of entries.entries()) {
      const row = (half * n + i) * width;
      const highest = isPadded[query.position] === true ? -1 : query.position;
      show(mask, row, old, highest, query.time);
      show(mask, row + slots, own, highest, query.time);
      mask[row + slots + i] = 0;
    }
  }
  return mask;
}

/** Shows a query the slots at position `highest` or before that are seen at `time`. */
function show(
  mask: Float32Array,
  from: number,
  { positions, times, untils }: SlotTable,
  highest: number,
  time: number,
): void {
  for (let slot = 0; slot < positions.length; slot++) {
    if ((positions[slot] ?? NOWHERE) > highest) continue;
    if ((times[slot] ?? 0) <= time && time < (untils[slot] ?? Infinity)) mask[from + slot] = 0;
  }
}

function tableOf(entries: readonly CacheEntry[], keyAt: (position: number) => number): SlotTable {
  return {
    positions: entries.map(({ position }) => keyAt(position)),
    times: entries.map(({ time }) => time),
    untils: entries.map(({ until }) => until),
  };
}
