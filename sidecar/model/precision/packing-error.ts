/** Weights that could not be packed: the message says why and what to do. Nothing of the packed file is left. */
export class PackingError extends Error {
  override readonly name = 'PackingError';
}

/** Packing was cancelled; what is packed so far is kept, and the next time goes on from there. */
export class PackingCancelled extends Error {
  override readonly name = 'PackingCancelled';
}
