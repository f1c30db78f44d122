// @ts-check
import { build } from 'esbuild';
import { runOrExit } from './ensure-dependencies.mjs';

/**
 * Bundles a TypeScript program that is no part of the product into dist/, and runs it; exits when it fails.
 *
 * @param {string} entry
 * @param {string} outfile
 * @param {readonly string[]} [args]
 */
export async function bundleAndRun(entry, outfile, args = []) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['onnxruntime-node', 'ws'],
    inject: ['sidecar/telemetry-off.ts'],
    // Where ONNX Runtime is loaded from.
    banner: { js: 'const __filename = import.meta.filename;' },
    logLevel: 'warning',
  });
  runOrExit(process.execPath, [outfile, ...args]);
}
