import { availableParallelism } from 'node:os';
import { listSupportedBackends } from 'onnxruntime-node';
import type { ExecutionOptions } from '../model/inference-session';
import type { Provider } from '../protocol';
import { RequestError } from './request-error';

/** Execution providers this ONNX Runtime was built with, as users name them. */
export function availableProviders(): string[] {
  return listSupportedBackends().flatMap((backend) => (backend.bundled ? [backend.name] : []));
}

/**
 * Where a run computes. `auto` is the CPU for now: it needs nothing installed and is checked against the reference.
 * @param weightBytes size of the model's weight files
 * @throws RequestError when the provider is not in this build
 */
export function chooseExecution(provider: Provider, weightBytes: number): ExecutionOptions {
  const wanted = provider === 'auto' ? 'cpu' : provider;
  const available = availableProviders();
  if (!available.includes(wanted)) {
    throw new RequestError(
      `Provider "${wanted}" is not part of this ONNX Runtime; choose one of auto, ${available.join(', ')}.`,
    );
  }
  return {
    provider: wanted,
    threads: weightBytes < ONE_THREAD_BELOW_BYTES ? 1 : Math.min(MAX_THREADS, availableParallelism()),
  };
}

/** A step of a few tokens is bound by memory, which a handful of threads saturates. */
const MAX_THREADS = 8;
/** Below this, an operator is over before a second thread has woken up: one is faster (see docs/performance.md). */
const ONE_THREAD_BELOW_BYTES = 64e6;
