import type { PromptHalf } from './family';

/** A half of a prompt that has no padding. */
export function unpaddedHalf(ids: readonly number[]): PromptHalf {
  return { kind: 'ids', ids, padded: ids.map(() => false) };
}
