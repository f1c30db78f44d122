/** A precision that cannot be had: the message says why and what to do. Nothing that was begun for it is left on the disk. */
export class PrecisionError extends Error {
  override readonly name = 'PrecisionError';
}

/** Packing was cancelled; what is packed so far is kept, and the next time goes on from there. */
export class PackingCancelled extends Error {
  override readonly name = 'PackingCancelled';
}
