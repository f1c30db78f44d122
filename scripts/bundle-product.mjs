// @ts-check
import { build } from 'esbuild';

/** @type {import('esbuild').BuildOptions} */
const shared = {
  bundle: true,
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  // The licences are in ThirdPartyNotices.txt.
  legalComments: 'none',
  metafile: true,
};
/** @type {import('esbuild').BuildOptions} */
const node = { ...shared, platform: 'node', target: 'node20', format: 'cjs', outdir: 'dist' };

/**
 * Bundles the three programs into dist/: extension, sidecar (with its inference thread and the `zipar` command), webview.
 *
 * @param {{ write?: boolean }} [options] `write: false` only looks at what would be bundled.
 * @returns {Promise<import('esbuild').Metafile[]>} What went into the bundles.
 */
export async function bundleProduct({ write = true } = {}) {
  const results = await Promise.all([
    build({
      ...node,
      write,
      entryPoints: { extension: 'extension/extension.ts' },
      external: ['vscode', 'bufferutil', 'utf-8-validate'],
    }),
    build({
      ...node,
      write,
      entryPoints: {
        sidecar: 'sidecar/sidecar-main.ts',
        'inference-worker': 'sidecar/engine/inference-worker.ts',
        'provider-proof': 'sidecar/engine/proof-program.ts',
        zipar: 'sidecar/cli/zipar.ts',
      },
      // Native: it stays a package of its own, with its libraries beside it.
      external: ['onnxruntime-node', 'bufferutil', 'utf-8-validate'],
    }),
    build({
      ...shared,
      write,
      platform: 'browser',
      target: 'chrome120',
      format: 'iife',
      outdir: 'dist',
      entryPoints: { webview: 'webview/main.ts' },
    }),
    build({ ...shared, write, outdir: 'dist', entryPoints: { webview: 'webview/style.css' } }),
  ]);
  return results.flatMap(({ metafile }) => metafile ?? []);
}
