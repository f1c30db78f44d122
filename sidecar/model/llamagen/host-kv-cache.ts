import type { InferenceSession } from 'onnxruntime-node';
import { Tensor } from '../onnx-runtime';
import { AttentionMask } from './attention-mask';
import { cacheNames, type CacheShape, type KeyValueCache } from './kv-cache';

/** Slots are made in multiples of so many. */
const SLOT_BLOCK = 64;

/** So many times the slots when they were too few: two slots are copied for each that there is in the end, and a third stands empty at most. */
const GROWTH = 1.5;

/**
 * Kept in host memory and lent to ONNX Runtime as they are, one array a layer, [batch, kvHeads, slots, headDim]: a pass reads
 * them in place and returns only the new tokens', which are written into their slots here. Nothing of the cache is copied but
 * when slots are added.
 *
 * Sequence position p lives in slot p, so feeding it again overwrites it. There are hardly more slots than positions were reached,
 * because a pass reads all of them.
 */
export class HostKeyValueCache implements KeyValueCache {
  private readonly rows: number;
  private slots = 0;
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
    const reached = 1 + positions.reduce((last, position) => Math.max(last, position), 0);
    if (reached > this.slots) this.addSlots(reached);
    const n = positions.length;
    const mask = this.mask.forPass(positions, this.slots);
    return {
      ...this.past,
      mask: new Tensor('float32', mask, [this.shape.padded.length, 1, n, this.slots + n]),
    };
  }

  /** @param outputs `keys_values` [2 * layers * batch, kvHeads, n, headDim]; token i goes to slot `positions[i]` */
  keep({ keys_values: own }: InferenceSession.ReturnType, positions: readonly number[]): Promise<void> {
    const fresh = own?.data;
    if (!(fresh instanceof Float32Array)) throw new Error('The graph put out no keys and values.');
    const { headDim } = this.shape;
    let from = 0;
    for (const cache of this.arrays.values()) {
      for (let row = 0; row < this.rows; row++) {
        for (const slot of positions) {
          cache.set(fresh.subarray(from, from + headDim), (row * this.slots + slot) * headDim);
          from += headDim;
        }
      }
    }
    return Promise.resolve();
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
