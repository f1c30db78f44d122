import { freemem, totalmem } from 'node:os';

let atFirst: number | undefined;

/**
 * The memory that is available for models, in bytes. It is measured at the first call. Later calls return the same number, so
 * that the same request always gets the same precision. By then, loaded models may use a part of the memory.
 */
export function availableMemory(): number {
  atFirst ??= measure();
  return atFirst;
}

function measure(): number {
  // Node.js before 20.13 does not have this function. It counts file caches as free memory, and knows the limits of containers.
  const free = (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
  // macOS uses nearly all free memory for caches, but frees them when a program needs memory.
  return process.platform === 'darwin' ? Math.max(free, totalmem() / 2) : free;
}
