import { freemem, totalmem } from 'node:os';

let atFirst: number | undefined;

/**
 * Bytes of memory that models can have, as measured at the first call. Later calls return the same number: loaded models fill
 * the memory, and the same request must get the same precision.
 */
export function availableMemory(): number {
  atFirst ??= measure();
  return atFirst;
}

function measure(): number {
  // Node.js before 20.13 lacks this function. The function counts file caches as free, and respects the limits of containers.
  const free = (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
  // macOS keeps hardly any memory free, but gives cached memory back at once.
  return process.platform === 'darwin' ? Math.max(free, totalmem() / 2) : free;
}
