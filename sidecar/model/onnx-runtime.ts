import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';
import '../telemetry-off';
import { describeLoadFailure, OnnxRuntimeError } from './onnx-runtime-error';

const load = createRequire(__filename);
let loaded: typeof OnnxRuntime | undefined;

/**
 * ONNX Runtime, loaded at the first call. Commands that compute nothing work without its native library.
 * @throws OnnxRuntimeError when the library cannot be loaded
 */
export function onnxRuntime(): typeof OnnxRuntime {
  try {
    return (loaded ??= load('onnxruntime-node') as typeof OnnxRuntime);
  } catch (cause) {
    throw new OnnxRuntimeError(describeLoadFailure(cause, process.platform, process.arch), { cause });
  }
}

/** Version of the installed package. It is known even where the library cannot be loaded. */
export function onnxRuntimeVersion(): string {
  try {
    return (load('onnxruntime-node/package.json') as { readonly version: string }).version;
  } catch {
    return 'not installed';
  }
}

export type Tensor = OnnxRuntime.Tensor;

/** ONNX Runtime's tensor class. The library is loaded when the first tensor is made. */
export const Tensor: OnnxRuntime.TensorConstructor = new Proxy(Object as never, {
  construct: (_, values: ConstructorParameters<OnnxRuntime.TensorConstructor>) =>
    new (onnxRuntime().Tensor)(...values),
});
