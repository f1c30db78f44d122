import { availableParallelism } from 'node:os';

/** The number of threads for a model on the CPU. @param weightBytes the size of its weight files, in bytes */
export function cpuThreads(weightBytes: number): number {
  return weightBytes < ONE_THREAD_BELOW_BYTES ? 1 : Math.min(MAX_THREADS, availableParallelism());
}

/** The largest number of threads. The speed of a step depends on the memory, and more threads do not make the memory faster. */
const MAX_THREADS = 8;
/**
 * Models with smaller weights get one thread. Their operators end before a second thread has started, so one thread is faster
 * (docs/performance.md).
 */
const ONE_THREAD_BELOW_BYTES = 64e6;
