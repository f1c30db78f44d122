import { version } from '../package.json';
import { onnxRuntimeVersion } from './model/onnx-runtime';

/** The versions that run, for the log, the hello and bug reports. */
export function buildVersions(): { version: string; onnxruntime: string; node: string } {
  return { version, onnxruntime: onnxRuntimeVersion(), node: process.versions.node };
}
