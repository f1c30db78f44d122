import { InferenceSession } from 'onnxruntime-node';
import type { WeightPrecision } from '../protocol';

/** Where a graph runs. */
export interface ExecutionOptions {
  readonly provider: string;
  /** Threads of the CPU provider, at least 1. */
  readonly threads: number;
  /** Of the transformer's linear layers; as stored when absent. */
  readonly precision?: WeightPrecision;
}

/**
 * Opens a graph whose weights lie in `folder`; nothing is written and no weight passes through JavaScript.
 * @param runs `many`: ONNX Runtime copies matrices into the order in which it multiplies fastest. `one`: that would take
 *   longer than the run, so they stay in the file, mapped into memory
 */
export function openSession(
  graph: Uint8Array<ArrayBuffer>,
  folder: string,
  options: ExecutionOptions,
  runs: 'many' | 'one' = 'many',
): Promise<InferenceSession> {
  return InferenceSession.create(graph, {
    executionProviders: options.provider === 'cpu' ? ['cpu'] : [options.provider, 'cpu'],
    intraOpNumThreads: options.threads,
    logSeverityLevel: 3, // errors: its warnings are about optimisations it did not find
    extra: {
      session: {
        model_external_initializers_file_folder_path: folder,
        disable_prepacking: runs === 'one' ? '1' : '0',
      },
    },
  });
}
