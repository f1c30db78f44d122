import { attentionMask } from './attention-mask';
import { GrowingRows } from './growing-rows';
import { cacheNames, type CacheEntry, type CacheShape, type KeyValueCache } from './kv-cache';
import { HostTensor, type Tensor, type Tensors } from '../../runtime/tensor';

/** Slots are added in multiples of this number. */
const SLOT_BLOCK = 64;

/** Growth factor when slots run out. Each final slot is copied about twice; at most a third of the slots stay empty. */
const GROWTH = 1.5;

/** Tokens of a pass whose slots lie side by side. */
interface Stretch {
  /** Index of the first token in the pass. */
  readonly token: number;
  readonly slot: number;
  readonly count: number;
}

/**
 * Keys and values kept in host memory and lent to ONNX Runtime in place: one array a layer, [batch, kvHeads, slots, headDim].
 * A pass reads the arrays in place and returns only the new tokens' keys and values. This class writes them into their slots.
 * No other copy is made until slots are added. Then the arrays grow in place.
 *
 * Entries get slots in the order in which they are fed; attention does not depend on the order of keys. Therefore the tokens
 * of a pass lie side by side, and one copy a row writes them.
 * There are hardly more slots than entries, because a pass reads all slots. The slot of a forgotten entry is used again.
 */
export class HostKeyValueCache implements KeyValueCache {
  private readonly rows: number;
  private slots = 0;
  private readonly slotOf = new Map<CacheEntry, number>();
  private readonly free: number[] = [];
  private readonly held = { positions: [] as number[], times: [] as number[], untils: [] as number[] };
  private readonly arrays: ReadonlyMap<string, GrowingRows>;
  /** The graph's inputs `past_key_L` and `past_value_L`. */
  private readonly past: Record<string, Tensor> = {};

  constructor(private readonly shape: CacheShape) {
    this.rows = shape.padded.length * shape.kvHeads;
    const capacity = shape.capacity * shape.headDim;
    this.arrays = new Map(
      cacheNames(shape.layers).map((name) => [name, new GrowingRows(this.rows, capacity)]),
    );
  }

  feedsFor(entries: readonly CacheEntry[]): Tensors {
    const n = entries.length;
    const needed = this.held.positions.length + Math.max(0, n - this.free.length);
    if (needed > this.slots) this.addSlots(needed);
    const { padded } = this.shape;
    const mask = attentionMask(this.held, entries, this.slots, padded);
    return { ...this.past, mask: new HostTensor('float32', mask, [padded.length, 1, n, this.slots + n]) };
  }

  /** @param outputs `keys_values` [2 * layers * batch, kvHeads, n, headDim] */
  keep({ keys_values: own }: Tensors, entries: readonly CacheEntry[]): Promise<void> {
    const fresh = own?.data;
    if (!(fresh instanceof Float32Array)) throw new Error('The graph put out no keys and values.');
    const { headDim } = this.shape;
    const stretches = stretchesOf(entries.map((entry) => this.place(entry)));
    let from = 0;
    for (const { numbers } of this.arrays.values()) {
      for (let row = 0; row < this.rows; row++) {
        for (const { token, slot, count } of stretches) {
          const begin = from + token * headDim;
          numbers.set(fresh.subarray(begin, begin + count * headDim), (row * this.slots + slot) * headDim);
        }
        from += entries.length * headDim;
      }
    }
    return Promise.resolve();
  }

  forget(entries: readonly CacheEntry[]): void {
    for (const entry of entries) {
      const slot = this.slotOf.get(entry);
      if (slot === undefined) throw new Error(`No entry at position ${entry.position} is kept.`);
      this.slotOf.delete(entry);
      this.free.push(slot);
      this.held.positions[slot] = Infinity;
    }
  }

  release(): void {
    for (const array of this.arrays.values()) array.release();
  }

  /** Gives an entry a slot: the slot of a forgotten entry, or the next one. */
  private place(entry: CacheEntry): number {
    const slot = this.free.pop() ?? this.held.positions.length;
    this.slotOf.set(entry, slot);
    this.held.positions[slot] = entry.position;
    this.held.times[slot] = entry.time;
    this.held.untils[slot] = entry.until;
    return slot;
  }

  private addSlots(needed: number): void {
    const { padded, kvHeads, capacity, headDim } = this.shape;
    const grown = Math.ceil(Math.max(needed, this.slots * GROWTH) / SLOT_BLOCK) * SLOT_BLOCK;
    const slots = Math.max(needed, Math.min(grown, capacity));
    for (const [name, array] of this.arrays) {
      array.lengthen(slots * headDim);
      this.past[`past_${name}`] = new HostTensor('float32', array.numbers, [
        padded.length,
        kvHeads,
        slots,
        headDim,
      ]);
    }
    this.slots = slots;
  }
}

/** @param slots of the tokens of a pass, in their order */
function stretchesOf(slots: readonly number[]): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const [token, slot] of slots.entries()) {
    const last = stretches.at(-1);
    if (last && slot === last.slot + last.count) stretches.splice(-1, 1, { ...last, count: last.count + 1 });
    else stretches.push({ token, slot, count: 1 });
  }
  return stretches;
}
