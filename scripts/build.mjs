// @ts-check
/** Bundles the three programs: extension, sidecar (with its inference thread and the `zipar` command), webview. */
import { build } from 'esbuild';

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  legalComments: 'none',
};
/** @type {import('esbuild').BuildOptions} */
const node = { ...shared, platform: 'node', target: 'node20', format: 'cjs', outdir: 'dist' };

await Promise.all([
  build({
    ...node,
    entryPoints: { extension: 'extension/extension.ts' },
    external: ['vscode', 'bufferutil', 'utf-8-validate'],
  }),
  build({
    ...node,
    entryPoints: {
      sidecar: 'sidecar/sidecar-main.ts',
      'inference-worker': 'sidecar/engine/inference-worker.ts',
      'file-worker': 'sidecar/engine/file-worker.ts',
      'parent-watch': 'sidecar/lifetime/parent-watch.ts',
      'picture-program': 'sidecar/engine/picture-program.ts',
      'provider-proof': 'sidecar/engine/proof-program.ts',
      zipar: 'sidecar/cli/zipar.ts',
    },
    // Native: it stays a package of its own, with its libraries beside it.
    external: ['onnxruntime-node', 'bufferutil', 'utf-8-validate'],
  }),
  build({
    ...shared,
    platform: 'browser',
    target: 'chrome120',
    format: 'iife',
    outdir: 'dist',
    entryPoints: { webview: 'webview/main.ts' },
  }),
  build({ ...shared, outdir: 'dist', entryPoints: { webview: 'webview/style.css' } }),
]);
