import { availableParallelism } from 'node:os';

/** Threads that a model is given on the CPU. @param weightBytes size of its weight files */
export function cpuThreads(weightBytes: number): number {
  return weightBytes < ONE_THREAD_BELOW_BYTES ? 1 : Math.min(MAX_THREADS, availableParallelism());
}

/** A step of a few tokens is bound by memory, which a handful of threads saturates. */
const MAX_THREADS = 8;
/** Below this size, an operator ends before a second thread wakes up: one thread is faster (see docs/performance.md). */
const ONE_THREAD_BELOW_BYTES = 64e6;
