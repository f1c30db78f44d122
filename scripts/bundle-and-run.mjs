// @ts-check
import { build } from 'esbuild';
import { runOrExit } from './ensure-dependencies.mjs';

/**
 * Bundles into dist/ a TypeScript program that is not part of the product, and runs it. Exits when the program fails.
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
    external: ['onnxruntime-node', 'ws', 'playwright-core'],
    inject: ['sidecar/telemetry-off.ts'],
    // ONNX Runtime is loaded relative to this file.
    banner: { js: 'const __filename = import.meta.filename;' },
    logLevel: 'warning',
  });
  runOrExit(process.execPath, [outfile, ...args]);
}
