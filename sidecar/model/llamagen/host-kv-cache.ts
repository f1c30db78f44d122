import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { AttentionMask } from './attention-mask';
import { cacheNames, type CacheShape, type KeyValueCache } from './kv-cache';

/** Slots side by side. */
interface Stretch {
  readonly slot: number;
  count: number;
}

/** Slots are made in multiples of so many. */
const SLOT_BLOCK = 64;

/** So many times the slots when they were too few: two slots are copied for each that there is in the end, and a third stands empty at most. */
const GROWTH = 1.5;

/**
 * Kept in host memory and lent to ONNX Runtime as they are, one array a layer, [batch, kvHeads, slots, headDim]: a pass reads
 * them in place and returns only the new tokens', which are written into their slots here. Nothing of the cache is copied but
 * when slots are added.
 *
 * Positions get slots in the order in which they are fed, and keep them: feeding one again overwrites it. So the tokens of a pass
 * lie side by side and are written with one copy a row, and there are hardly more slots than tokens, because a pass reads all
 * of them. Attention does not care about the order of keys.
 */
export class HostKeyValueCache implements KeyValueCache {
  private readonly rows: number;
  private slots = 0;
  private readonly slotOf = new Map<number, number>();
  /** Sequence position in each slot that holds one. */
  private readonly held: number[] = [];
  private readonly arrays: Map<string, Float32Array>;
  /** The graph's `past_key_L` and `past_value_L`. */
  private readonly past: Record<string, Tensor> = {};
  private readonly mask: AttentionMask;

  constructor(private readonly shape: CacheShape) {
    this.rows = shape.padded.length * shape.kvHeads;
    this.arrays = new Map(cacheNames(shape.layers).map((name) => [name, new Float32Array(0)]));
    this.mask = new AttentionMask(shape.capacity, shape.padded);
  }

  feedsFor(positions: readonly number[]): Readonly<Record<string, Tensor>> {
    for (const position of positions)
      if (!this.slotOf.has(position)) this.slotOf.set(position, this.held.push(position) - 1);
    if (this.held.length > this.slots) this.addSlots(this.held.length);
    const n = positions.length;
    const mask = this.mask.forPass(positions, this.slots, this.held);
    return {
      ...this.past,
      mask: new Tensor('float32', mask, [this.shape.padded.length, 1, n, this.slots + n]),
    };
  }

  /** @param outputs `keys_values` [2 * layers * batch, kvHeads, n, headDim]; token i goes to the slot of `positions[i]` */
  keep({ keys_values: own }: InferenceSession.ReturnType, positions: readonly number[]): Promise<void> {
    const fresh = own?.data;
    if (!(fresh instanceof Float32Array)) throw new Error('The graph put out no keys and values.');
    const { headDim } = this.shape;
    const stretches = this.stretchesOf(positions);
    let from = 0;
    for (const cache of this.arrays.values()) {
      for (let row = 0; row < this.rows; row++) {
        for (const { slot, count } of stretches) {
          const end = from + count * headDim;
          cache.set(fresh.subarray(from, end), (row * this.slots + slot) * headDim);
          from = end;
        }
      }
    }
    return Promise.resolve();
  }

  /** Where the tokens of a pass go, those of neighbouring slots together. */
  private stretchesOf(positions: readonly number[]): readonly Stretch[] {
    const stretches: Stretch[] = [];
    for (const position of positions) {
      const slot = this.slotOf.get(position);
      if (slot === undefined) throw new Error('feedsFor() comes before keep().');
      const last = stretches.at(-1);
      if (last && slot === last.slot + last.count) last.count++;
      else stretches.push({ slot, count: 1 });
    }
    return stretches;
  }

  release(): void {
    // The garbage collector sees host memory.
  }

  private addSlots(needed: number): void {
    const { padded, kvHeads, capacity, headDim } = this.shape;
    const grown = Math.ceil(Math.max(needed, this.slots * GROWTH) / SLOT_BLOCK) * SLOT_BLOCK;
    const slots = Math.min(grown, capacity);
    const length = this.slots * headDim;
    // One after another, so that no more than one is there twice.
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
