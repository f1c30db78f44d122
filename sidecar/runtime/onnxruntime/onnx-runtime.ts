import type { Runtime } from '../runtime';
import { onnxLibraryVersion } from './load-library';
import { openOnnxProgram } from './onnx-program';
import { builtInProviders, keepsOutputs } from './onnx-providers';

/** ONNX Runtime for Node.js. Its native library is loaded when the first graph is opened. */
export const onnxRuntime: Runtime = {
  open: openOnnxProgram,
  providers: builtInProviders,
  keepsOutputs,
  version: onnxLibraryVersion,
};
