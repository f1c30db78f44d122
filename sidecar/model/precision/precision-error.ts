import { SentenceError } from '../../protocol/sentence';

/** A precision that is not possible. The message says why and what to do. All files begun for it are removed from the disk. */
export class PrecisionError extends SentenceError {
  override readonly name = 'PrecisionError';
}

/** Packing was cancelled. The packed part is kept, and the next packing goes on from there. */
export class PackingCancelled extends Error {
  override readonly name = 'PackingCancelled';
}
