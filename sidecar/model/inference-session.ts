import type { InferenceSession } from 'onnxruntime-node';
import type { WeightPrecision } from '../protocol';
import { onnxRuntime } from './onnx-runtime';

/** Where a graph runs. */
export interface ExecutionOptions {
  readonly provider: string;
  /** Threads of the CPU provider, at least 1. */
  readonly threads: number;
  /** Precision of the transformer's linear layers; as stored when absent. */
  readonly precision?: WeightPrecision;
}

/**
 * Opens a graph whose weights lie in `folder`. It writes no file, and no weight passes through JavaScript.
 * @param runs `many`: ONNX Runtime copies matrices into the order in which it multiplies fastest.
 * `one`: copying would take longer than the run, so matrices stay in the file, mapped into memory.
 * @param onDevice outputs that stay on the device where the provider can leave them there (WebGPU); they can be fed, not read
 * @throws OnnxRuntimeError when ONNX Runtime cannot be loaded
 * @param memory for intermediate results. `kept`: for the next run.
 * `given back`: to the system after each run, which suits a graph that needs gigabytes and runs seldom.
 */
export async function openSession(
  graph: Uint8Array<ArrayBuffer>,
  folder: string,
  options: ExecutionOptions,
  runs: 'many' | 'one' = 'many',
  onDevice: readonly string[] = [],
  memory: 'kept' | 'given back' = 'kept',
): Promise<InferenceSession> {
  return onnxRuntime().InferenceSession.create(graph, {
    executionProviders: options.provider === 'cpu' ? ['cpu'] : [options.provider, 'cpu'],
    intraOpNumThreads: options.threads,
    enableCpuMemArena: memory === 'kept',
    ...(options.provider === 'webgpu' &&
      onDevice.length > 0 && {
        preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const])),
      }),
    logSeverityLevel: 3, // errors only: its warnings are about optimisations it did not find
    extra: {
      session: {
        // Threads that wait in a loop for work take time from other programs, and from our own other sessions.
        intra_op: { allow_spinning: '0' },
        model_external_initializers_file_folder_path: folder,
        disable_prepacking: runs === 'one' ? '1' : '0',
      },
    },
  });
}
