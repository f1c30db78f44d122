import { onnxRuntime } from './runtime/onnxruntime/onnx-runtime';
import type { Runtime } from './runtime/runtime';

/** The runtime that this program computes with. Another one takes the place of ONNX Runtime here. */
export const runtime: Runtime = onnxRuntime;
