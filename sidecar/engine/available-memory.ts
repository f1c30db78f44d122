import { freemem, totalmem } from 'node:os';

let atFirst: number | undefined;

/**
 * Bytes of memory that models can have, as they were when it was first asked for: later it is the models themselves that fill
 * it, and the same request shall get the same precision.
 */
export function availableMemory(): number {
  atFirst ??= measure();
  return atFirst;
}

function measure(): number {
  // Node.js before 20.13 lacks it. It counts file caches as free, and limits of containers.
  const free = (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
  // macOS keeps hardly anything free, but gives back at once what it caches.
  return process.platform === 'darwin' ? Math.max(free, totalmem() / 2) : free;
}
