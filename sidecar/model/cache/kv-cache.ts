import type { Tensors } from '../../runtime/tensor';

/** The layout of keys and values. */
export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  /** Slots that a run without drafts needs at most. */
  readonly capacity: number;
  readonly headDim: number;
  /** For each half of the batch, which positions of the prefix are padding. Each padding position is seen by itself only. */
  readonly padded: readonly (readonly boolean[])[];
}

/** Keys and values of one token. The object itself is the identity of the entry. */
export interface CacheEntry {
  /** Sequence position; the prefix counts. */
  readonly position: number;
  /** The time at which the entry begins to be seen, and at which its own query looks. */
  readonly time: number;
  /** The first time at which it is not seen any more. */
  readonly until: number;
}

/** Keys and values of a run, kept between its passes. The rule of `TokenInput` says which query sees which key. */
export interface KeyValueCache {
  /**
   * Inputs of a pass over these entries: earlier keys and values, and what each query may look at. Call `keep` before the
   * next pass.
   */
  feedsFor(entries: readonly CacheEntry[]): Tensors;
  /** @param outputs of the pass: its keys and values, as the graph for this cache returns them */
  keep(outputs: Tensors, entries: readonly CacheEntry[]): Promise<void>;
  /** Hides these entries from later passes. They may lie anywhere; their slots are used again. */
  forget(entries: readonly CacheEntry[]): void;
  /** Gives back memory of the device. */
  release(): void;
}

/** `key_0`, `value_0`, `key_1` … */
export function cacheNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => [`key_${layer}`, `value_${layer}`]).flat();
}
