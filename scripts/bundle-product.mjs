// @ts-check
import { build, context } from 'esbuild';

/**
 * The bundles of three programs: extension, webview, and sidecar (with its threads, helper processes and the `zipar` command).
 *
 * @param {boolean} development Readable bundles with whole source maps, for debugging.
 * @returns {readonly import('esbuild').BuildOptions[]}
 */
function bundles(development) {
  /** @type {import('esbuild').BuildOptions} */
  const shared = {
    bundle: true,
    minify: !development,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    // The licences are in ThirdPartyNotices.txt.
    legalComments: 'none',
    metafile: true,
    outdir: 'dist',
  };
  /** @type {import('esbuild').BuildOptions} */
  const node = { ...shared, platform: 'node', target: 'node20', format: 'cjs' };
  // This import comes first in every program that may load ONNX Runtime.
  const inject = ['sidecar/telemetry-off.ts'];
  return [
    {
      ...node,
      entryPoints: { extension: 'extension/extension.ts' },
      external: ['vscode', 'bufferutil', 'utf-8-validate'],
    },
    {
      ...node,
      inject,
      entryPoints: {
        'sidecar-main': 'sidecar/sidecar-main.ts',
        'inference-worker': 'sidecar/engine/inference-worker.ts',
        'file-worker': 'sidecar/engine/file-worker.ts',
        'parent-watch': 'sidecar/lifetime/parent-watch.ts',
        'picture-program': 'sidecar/engine/picture-program.ts',
        'provider-proof': 'sidecar/engine/proof-program.ts',
        'zipar-main': 'sidecar/cli/zipar.ts',
      },
      // Native packages stay outside the bundle, with their libraries beside them.
      external: ['onnxruntime-node', 'bufferutil', 'utf-8-validate'],
    },
    {
      ...node,
      inject,
      // Old versions of Node.js must be able to read the launchers, because the launchers say which version is needed.
      target: 'es2015',
      entryPoints: { sidecar: 'sidecar/launch/sidecar.ts', zipar: 'sidecar/launch/zipar.ts' },
    },
    {
      ...shared,
      platform: 'browser',
      target: 'chrome120',
      format: 'iife',
      entryPoints: {
        webview: 'webview/main.ts',
        comparison: 'webview/comparison/main.ts',
        report: 'webview/report/main.ts',
      },
    },
    { ...shared, entryPoints: { webview: 'webview/style.css' } },
  ];
}

/**
 * Bundles the programs into dist/.
 *
 * @param {{ write?: boolean, development?: boolean }} [options] `write: false` writes nothing and only reports the contents.
 * @returns {Promise<import('esbuild').Metafile[]>} What went into the bundles.
 */
export async function bundleProduct({ write = true, development = false } = {}) {
  const results = await Promise.all(bundles(development).map((options) => build({ ...options, write })));
  return results.flatMap(({ metafile }) => metafile ?? []);
}

/** Bundles the programs for development, and again whenever a source file changes. Runs until it is interrupted. */
export async function watchProduct() {
  /** @type {import('esbuild').Plugin} */
  const announce = {
    name: 'announce',
    setup(builder) {
      builder.onStart(() => console.log('Build started'));
      builder.onEnd(() => console.log('Build finished'));
    },
  };
  for (const options of bundles(true)) {
    const watched = await context({ ...options, logLevel: 'error', plugins: [announce] });
    await watched.watch();
  }
}
