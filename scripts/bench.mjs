// @ts-check
/** `npm run bench`: builds, then measures on this machine. ZIPAR_BENCH_ROUNDS sets the number of rounds. */
import { build } from 'esbuild';
import { ensureDependencies, runOrExit } from './ensure-dependencies.mjs';

ensureDependencies();
runOrExit(process.execPath, ['scripts/build.mjs']);
await build({
  entryPoints: ['test/bench/bench.ts'],
  outfile: 'dist/bench.mjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['onnxruntime-node', 'ws'],
  logLevel: 'warning',
});
runOrExit(process.execPath, ['dist/bench.mjs']);
