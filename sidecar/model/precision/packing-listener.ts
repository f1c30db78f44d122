import { PackingCancelled } from './precision-error';

/** A listener of the packing of weights. */
export interface PackingListener {
  /** @param fraction of the packed file's bytes that are done, 0..1 */
  readonly onProgress: (fraction: number) => void;
  /** A sentence for the log: why a packed file was thrown away. */
  readonly onNotice: (sentence: string) => void;
  /** Ends the packing. A later packing can go on from there. */
  readonly signal?: AbortSignal;
}

/** A listener that ignores everything. */
export const UNHEARD: PackingListener = { onProgress: () => undefined, onNotice: () => undefined };

/** Throws if the listener's signal is aborted. @throws PackingCancelled */
export function checkCancelled({ signal }: PackingListener): void {
  if (signal?.aborted === true) throw new PackingCancelled('Packing the weights was cancelled.');
}
