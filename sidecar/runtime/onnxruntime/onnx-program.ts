import type { InferenceSession } from 'onnxruntime-node';
import type { ExecutionOptions, Program, ProgramOptions } from '../runtime';
import type { Tensors } from '../tensor';
import { onnxLibrary } from './load-library';
import { fromNative, toNative } from './onnx-tensor';
import { keepsOutputs } from './onnx-providers';

/** Severities of ONNX Runtime's log. Its warnings are about optimisations that it did not find. */
const [ERRORS_ONLY, NOTHING] = [3, 4] as const;

/** A graph that ONNX Runtime runs. */
class OnnxProgram implements Program {
  constructor(private readonly session: InferenceSession) {}

  get inputNames(): readonly string[] {
    return this.session.inputNames;
  }

  async run(inputs: Tensors, { isQuiet = false }: { readonly isQuiet?: boolean } = {}): Promise<Tensors> {
    const feeds = toNative(inputs);
    return fromNative(await this.session.run(feeds, isQuiet ? { logSeverityLevel: NOTHING } : {}));
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** Opens a graph: see `Runtime.open`. */
export async function openOnnxProgram(
  graph: Uint8Array<ArrayBuffer>,
  folder: string,
  { provider, threads }: ExecutionOptions,
  { runs = 'many', onDevice = [], memory = 'kept' }: ProgramOptions = {},
): Promise<Program> {
  const session = await onnxLibrary().InferenceSession.create(graph, {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: threads,
    enableCpuMemArena: memory === 'kept',
    ...(keepsOutputs(provider) &&
      onDevice.length > 0 && {
        preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const])),
      }),
    logSeverityLevel: ERRORS_ONLY,
    extra: {
      session: {
        // Threads that wait in a loop for work take time from other programs, and from our own other sessions.
        intra_op: { allow_spinning: '0' },
        model_external_initializers_file_folder_path: folder,
        disable_prepacking: runs === 'one' ? '1' : '0',
      },
    },
  });
  return new OnnxProgram(session);
}
