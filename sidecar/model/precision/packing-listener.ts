import { PackingCancelled } from './precision-error';

/** Who waits for weights to be packed. */
export interface PackingListener {
  /** @param fraction of the packed file's bytes that are done, 0..1 */
  readonly onProgress: (fraction: number) => void;
  /** A sentence for the log: why a packed file was thrown away. */
  readonly onNotice: (sentence: string) => void;
  /** Ends the packing, which can go on later. */
  readonly signal?: AbortSignal;
}

/** Nobody. */
export const UNHEARD: PackingListener = { onProgress: () => undefined, onNotice: () => undefined };

/** @throws PackingCancelled */
export function checkCancelled({ signal }: PackingListener): void {
  if (signal?.aborted === true) throw new PackingCancelled('Packing the weights was cancelled.');
}
