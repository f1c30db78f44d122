import { Tensor, type InferenceSession } from 'onnxruntime-node';

/** How keys and values lie: one array a layer, [batch, kvHeads, capacity, headDim]. */
export interface CacheShape {
  readonly layers: number;
  readonly batch: number;
  readonly kvHeads: number;
  /** Slots; sequence position p lives in slot p. */
  readonly capacity: number;
  readonly headDim: number;
}

/**
 * Keys and values of a run, kept in host memory and lent to ONNX Runtime as they are: a pass reads them in place and
 * returns only the new tokens', which are written into their slots here. Nothing of the cache is copied.
 * Feeding a position again overwrites its slot, which is how a stand-in gives way to the real token.
 */
export class HostKeyValueCache {
  private readonly arrays: ReadonlyMap<string, Float32Array>;
  /** The graph's `past_key_L` and `past_value_L`. */
  readonly feeds: Readonly<Record<string, Tensor>>;

  constructor(private readonly shape: CacheShape) {
    const { layers, batch, kvHeads, capacity, headDim } = shape;
    const names = Array.from({ length: layers }, (_, layer) => [`key_${layer}`, `value_${layer}`]).flat();
    this.arrays = new Map(
      names.map((name) => [name, new Float32Array(batch * kvHeads * capacity * headDim)]),
    );
    this.feeds = Object.fromEntries(
      [...this.arrays].map(([name, array]) => [
        `past_${name}`,
        new Tensor('float32', array, [batch, kvHeads, capacity, headDim]),
      ]),
    );
  }

  /** Keeps a pass's `key_L` and `value_L` [batch, kvHeads, n, headDim]; token i goes to slot `slots[i]`. */
  write(outputs: InferenceSession.ReturnType, slots: readonly number[]): void {
    const { batch, kvHeads, capacity, headDim } = this.shape;
    for (const [name, cache] of this.arrays) {
      const fresh = outputs[name]?.data;
      if (!(fresh instanceof Float32Array)) throw new Error(`The graph put out no ${name}.`);
      for (let head = 0; head < batch * kvHeads; head++) {
        for (const [i, slot] of slots.entries()) {
          const from = (head * slots.length + i) * headDim;
          cache.set(fresh.subarray(from, from + headDim), (head * capacity + slot) * headDim);
        }
      }
    }
  }
}
