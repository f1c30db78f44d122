import { version } from '../package.json';
import { runtime } from './chosen-runtime';

/** The versions that run, for the log, the hello and bug reports. */
export function buildVersions(): { version: string; onnxruntime: string; node: string } {
  return { version, onnxruntime: runtime.version(), node: process.versions.node };
}
