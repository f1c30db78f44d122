import type { TwoLikelihoods } from './comparison';

/** What the page knows of the likelihoods of both runs in raster order. */
export type Likelihoods =
  /** They were not computed. The reason is a sentence; undefined where the model was not asked. */
  | { readonly kind: 'unknown'; readonly reason: string | undefined }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'known'; readonly nll: TwoLikelihoods };

export const UNKNOWN_LIKELIHOODS: Likelihoods = { kind: 'unknown', reason: undefined };

/** The likelihoods with the sides exchanged. */
export function exchanged(likelihoods: Likelihoods): Likelihoods {
  if (likelihoods.kind !== 'known') return likelihoods;
  const [a, b] = likelihoods.nll;
  return { kind: 'known', nll: [b, a] };
}
