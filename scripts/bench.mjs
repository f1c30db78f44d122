// @ts-check
/**
 * `npm run bench`: builds, then measures on this machine. `npm run bench -- embedded`, `-- llamagen-b` or `-- precision`
 * measures one part only. ZIPAR_BENCH_ROUNDS sets the number of rounds.
 */
import { bundleAndRun } from './bundle-and-run.mjs';
import { ensureDependencies, runOrExit } from './ensure-dependencies.mjs';

/** @type {Readonly<Record<string, string>>} */
const parts = {
  embedded: 'test/bench/bench.ts',
  'llamagen-b': 'test/bench/llamagen-b.ts',
  precision: 'test/bench/precision.ts',
};
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; known: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}

ensureDependencies();
runOrExit(process.execPath, ['scripts/build.mjs']);
for (const name of wanted) await bundleAndRun(parts[name] ?? '', `dist/bench-${name}.mjs`);
