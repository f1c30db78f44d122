import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** How keys and values lie. */
export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  /** Slots that a run without drafts needs at most. */
  readonly capacity: number;
  readonly headDim: number;
  /** For each half of the batch, which positions of the prefix are padding: each is seen by itself only. */
  readonly padded: readonly (readonly boolean[])[];
}

/** Keys and values of one token. The object itself names them. */
export interface CacheEntry {
  /** Sequence position, the prefix counted. */
  readonly position: number;
  /** When the entry begins to be seen, and the time at which its own query looks. */
  readonly time: number;
  /** The first time at which it is not seen any more. */
  readonly until: number;
}

/** Keys and values of a run, between its passes. Who sees whom is the rule of `TokenInput`. */
export interface KeyValueCache {
  /** What a pass over these entries is fed of earlier ones, and who may look at whom. `keep` comes before the next. */
  feedsFor(entries: readonly CacheEntry[]): Readonly<Record<string, Tensor>>;
  /** @param outputs of the pass: its keys and values, as the graph for this cache puts them out */
  keep(outputs: InferenceSession.ReturnType, entries: readonly CacheEntry[]): Promise<void>;
  /** No later pass sees these entries. They may lie anywhere; their slots are used again. */
  forget(entries: readonly CacheEntry[]): void;
  /** Gives back memory of a device. */
  release(): void;
}

/** `key_0`, `value_0`, `key_1` … */
export function cacheNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => [`key_${layer}`, `value_${layer}`]).flat();
}
