import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** How keys and values lie. */
export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  /** Sequence positions there are. */
  readonly capacity: number;
  readonly headDim: number;
  /** For each half of the batch, which positions of the prefix are padding: seen by nobody but themselves. */
  readonly padded: readonly (readonly boolean[])[];
}

/**
 * Keys and values of a run, between its passes. Feeding a position again replaces what was there, which is how a stand-in
 * gives way to the real token.
 */
export interface KeyValueCache {
  /** What a pass over these positions is fed of earlier ones, and who may look at whom. `keep` comes before the next. */
  feedsFor(positions: readonly number[]): Readonly<Record<string, Tensor>>;
  /** @param outputs of the pass: its keys and values, as the graph for this cache puts them out */
  keep(outputs: InferenceSession.ReturnType, positions: readonly number[]): Promise<void>;
  /** Gives back memory of a device. */
  release(): void;
}

/** `key_0`, `value_0`, `key_1` … */
export function cacheNames(layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => [`key_${layer}`, `value_${layer}`]).flat();
}
