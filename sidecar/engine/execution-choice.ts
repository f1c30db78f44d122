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
 * @throws RequestError when the provider is not in this build
 */
export function chooseExecution(provider: Provider): ExecutionOptions {
  const wanted = provider === 'auto' ? 'cpu' : provider;
  const available = availableProviders();
  if (!available.includes(wanted)) {
    throw new RequestError(
      `Provider "${wanted}" is not part of this ONNX Runtime; choose one of auto, ${available.join(', ')}.`,
    );
  }
  return { provider: wanted, threads: Math.min(MAX_THREADS, availableParallelism()) };
}

/** A step of a few tokens is bound by memory, which a handful of threads saturates. */
const MAX_THREADS = 8;
