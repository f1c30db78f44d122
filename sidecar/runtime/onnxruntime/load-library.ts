import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';
import '../../telemetry-off';
import { RuntimeUnavailableError } from '../runtime';
import { describeLoadFailure } from './load-failure';

const load = createRequire(__filename);
let loaded: typeof OnnxRuntime | undefined;

/**
 * ONNX Runtime, loaded at the first call. Commands that compute nothing work without its native library.
 * @throws RuntimeUnavailableError when the library cannot be loaded
 */
export function onnxLibrary(): typeof OnnxRuntime {
  try {
    return (loaded ??= load('onnxruntime-node') as typeof OnnxRuntime);
  } catch (cause) {
    throw new RuntimeUnavailableError(describeLoadFailure(cause, process.platform, process.arch), { cause });
  }
}

/** Version of the installed package. */
export function onnxLibraryVersion(): string {
  try {
    return (load('onnxruntime-node/package.json') as { readonly version: string }).version;
  } catch {
    return 'not installed';
  }
}
