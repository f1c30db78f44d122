import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { attentionMask } from './attention-mask';
import { cacheNames, type CacheEntry, type CacheShape, type KeyValueCache } from './kv-cache';

/** Slots are added in multiples of this. */
const SLOT_BLOCK = 64;

/** Growth factor when slots run out. Each final slot is copied about twice; at most a third stay empty. */
const GROWTH = 1.5;

/** Tokens of a pass that go to slots side by side. */
interface Stretch {
  /** First of them in the pass. */
  readonly token: number;
  readonly slot: number;
  readonly count: number;
}

/**
 * Kept in host memory and lent to ONNX Runtime as they are, one array a layer, [batch, kvHeads, slots, headDim]. A pass reads
 * them in place and returns only the new tokens', which are written into their slots here. Nothing else is copied until
 * slots are added.
 *
 * Entries get slots in the order in which they are fed; attention does not depend on the order of keys. So the tokens of a pass
 * lie side by side and are written with one copy a row. There are hardly more slots than entries, because a pass reads all
 * of them. A forgotten entry's slot is used again.
 */
export class HostKeyValueCache implements KeyValueCache {
  private readonly rows: number;
  private slots = 0;
  private readonly slotOf = new Map<CacheEntry, number>();
  private readonly free: number[] = [];
  private readonly held = { positions: [] as number[], times: [] as number[], untils: [] as number[] };
  private readonly arrays: Map<string, Float32Array>;
  /** The graph's `past_key_L` and `past_value_L`. */
  private readonly past: Record<string, Tensor> = {};

  constructor(private readonly shape: CacheShape) {
    this.rows = shape.padded.length * shape.kvHeads;
    this.arrays = new Map(cacheNames(shape.layers).map((name) => [name, new Float32Array(0)]));
  }

  feedsFor(entries: readonly CacheEntry[]): Readonly<Record<string, Tensor>> {
    const n = entries.length;
    const needed = this.held.positions.length + Math.max(0, n - this.free.length);
    if (needed > this.slots) this.addSlots(needed);
    const { padded } = this.shape;
    const mask = attentionMask(this.held, entries, this.slots, padded);
    return { ...this.past, mask: new Tensor('float32', mask, [padded.length, 1, n, this.slots + n]) };
  }

  /** @param outputs `keys_values` [2 * layers * batch, kvHeads, n, headDim] */
  keep({ keys_values: own }: InferenceSession.ReturnType, entries: readonly CacheEntry[]): Promise<void> {
    const fresh = own?.data;
    if (!(fresh instanceof Float32Array)) throw new Error('The graph put out no keys and values.');
    const { headDim } = this.shape;
    const stretches = stretchesOf(entries.map((entry) => this.place(entry)));
    let from = 0;
    for (const cache of this.arrays.values()) {
      for (let row = 0; row < this.rows; row++) {
        for (const { token, slot, count } of stretches) {
          const begin = from + token * headDim;
          cache.set(fresh.subarray(begin, begin + count * headDim), (row * this.slots + slot) * headDim);
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
    // The garbage collector sees host memory.
  }

  /** Gives an entry a slot: a forgotten one's, or the next. */
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
    const length = this.slots * headDim;
    // One after another, so that no more than one array is there twice.
    for (const [name, old] of this.arrays) {
      const longer = new Float32Array(this.rows * slots * headDim);
      for (let row = 0; row < this.rows; row++)
        longer.set(old.subarray(row * length, (row + 1) * length), row * slots * headDim);
      this.arrays.set(name, longer);
      this.past[`past_${name}`] = new Tensor('float32', longer, [padded.length, kvHeads, slots, headDim]);
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
