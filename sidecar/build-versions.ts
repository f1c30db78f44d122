import { env } from 'onnxruntime-node';
import { version } from '../package.json';

/** What runs: for the log, the hello and bug reports. */
export function buildVersions(): { version: string; onnxruntime: string; node: string } {
  return { version, onnxruntime: env.versions.node ?? env.versions.common, node: process.versions.node };
}
