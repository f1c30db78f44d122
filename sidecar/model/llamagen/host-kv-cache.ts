import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { AttentionMask } from './attention-mask';
import { cacheNames, type CacheShape, type KeyValueCache } from './kv-cache';

/**
 * Kept in host memory and lent to ONNX Runtime as they are, one array a layer, [batch, kvHeads, capacity, headDim]: a pass reads
 * them in place and returns only the new tokens', which are written into their slots here. Nothing of the cache is copied.
 * Sequence position p lives in slot p, so feeding it again overwrites it.
 */
export class HostKeyValueCache implements KeyValueCache {
  private readonly arrays: ReadonlyMap<string, Float32Array>;
  /** The graph's `past_key_L` and `past_value_L`. */
  private readonly past: Readonly<Record<string, Tensor>>;
  private readonly mask: AttentionMask;

  constructor(private readonly shape: CacheShape) {
    const { layers, padded, kvHeads, capacity, headDim } = shape;
    const batch = padded.length;
    const names = cacheNames(layers);
    this.arrays = new Map(
      names.map((name) => [name, new Float32Array(batch * kvHeads * capacity * headDim)]),
    );
    this.past = Object.fromEntries(
      [...this.arrays].map(([name, array]) => [
        `past_${name}`,
        new Tensor('float32', array, [batch, kvHeads, capacity, headDim]),
      ]),
    );
    this.mask = new AttentionMask(capacity, padded);
  }

  feedsFor(positions: readonly number[]): Readonly<Record<string, Tensor>> {
    const n = positions.length;
    const batch = this.shape.padded.length;
    const { past, fresh } = this.mask.forPass(positions);
    return {
      ...this.past,
      past_mask: new Tensor('float32', past, [batch, 1, n, this.shape.capacity]),
      new_mask: new Tensor('float32', fresh, [batch, 1, n, n]),
    };
  }

  /** @param outputs each [batch, kvHeads, n, headDim]; token i goes to slot `positions[i]` */
  keep(outputs: InferenceSession.ReturnType, positions: readonly number[]): Promise<void> {
    const { padded, kvHeads, capacity, headDim } = this.shape;
    for (const [name, cache] of this.arrays) {
      const fresh = outputs[name]?.data;
      if (!(fresh instanceof Float32Array)) throw new Error(`The graph put out no ${name}.`);
      for (let head = 0; head < padded.length * kvHeads; head++) {
        for (const [i, slot] of positions.entries()) {
          const from = (head * positions.length + i) * headDim;
          cache.set(fresh.subarray(from, from + headDim), (head * capacity + slot) * headDim);
        }
      }
    }
    return Promise.resolve();
  }

  release(): void {
    // The garbage collector sees host memory.
  }
}
