// @ts-check
/**
 * `npm run bench`: builds the program and measures it on this machine. If test/bench/results/ holds figures of this machine, it
 * compares the new figures with them. `npm run bench -- embedded`, or the name of another part, measures only that part.
 * ZIPAR_BENCH_ROUNDS sets the number of rounds. Further options are passed to `zipar bench`: `npm run bench -- llamagen-xl
 * --provider cuda --out figures.json`.
 */
import { bundleAndRun } from './bundle-and-run.mjs';
import { ensureDependencies, runOrExit } from './ensure-dependencies.mjs';
import { findChromium } from './install-system-packages.mjs';

const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith('--'));
const named = firstOption < 0 ? args : args.slice(0, firstOption);
const handedOn = firstOption < 0 ? [] : args.slice(firstOption);
const rounds = process.env.ZIPAR_BENCH_ROUNDS;
const benchOptions = [
  ...['--precision', 'stored,int8,int4', '--against', 'test/bench/results'],
  ...(rounds === undefined ? [] : ['--rounds', rounds]),
  ...handedOn,
];

/** @param {string} size */
const llamagen = (size) => () =>
  bundleAndRun('test/bench/llamagen.ts', 'dist/bench-llamagen.mjs', [size, ...benchOptions]);

/** @type {Readonly<Record<string, () => void | Promise<void>>>} */
const parts = {
  embedded: () => {
    runOrExit(process.execPath, ['dist/zipar.js', 'bench', ...benchOptions]);
  },
  'llamagen-b': llamagen('B'),
  cache: () => bundleAndRun('test/bench/cache-length.ts', 'dist/bench-cache.mjs'),
  comparison: () => {
    process.env.ZIPAR_CHROMIUM ??= findChromium();
    return bundleAndRun('test/bench/comparison.ts', 'dist/bench-comparison.mjs');
  },
  'large-picture': () => bundleAndRun('test/bench/large-picture.ts', 'dist/bench-large-picture.mjs'),
  lookahead: async () => {
    await bundleAndRun('test/bench/lookahead-drafts.ts', 'dist/bench-lookahead.mjs');
    await bundleAndRun('test/bench/lookahead-time.ts', 'dist/bench-lookahead-time.mjs');
  },
  'lookahead-simulated': () =>
    bundleAndRun('test/bench/lookahead-simulated.ts', 'dist/bench-lookahead-simulated.mjs'),
  precision: () => bundleAndRun('test/bench/precision.ts', 'dist/bench-precision.mjs'),
  previews: () => bundleAndRun('test/bench/previews.ts', 'dist/bench-previews.mjs'),
  scrubbing: () => {
    process.env.ZIPAR_CHROMIUM ??= findChromium();
    return bundleAndRun('test/bench/scrubbing.ts', 'dist/bench-scrubbing.mjs');
  },
  sampler: () => bundleAndRun('test/bench/sampler.ts', 'dist/bench-sampler.mjs'),
  streaming: () => bundleAndRun('test/bench/streaming.ts', 'dist/bench-streaming.mjs'),
};
/** Parts that run only when they are named, because they take gigabytes. @type {typeof parts} */
const largeParts = {
  emu3: () => bundleAndRun('test/bench/real-size.ts', 'dist/bench-real-size.mjs', handedOn),
  'janus-pro-1b': () => bundleAndRun('test/bench/janus-picture.ts', 'dist/bench-janus-picture.mjs', handedOn),
  'llamagen-l': llamagen('L'),
  'llamagen-xl': llamagen('XL'),
  'llamagen-xxl': llamagen('XXL'),
  'llamagen-3b': llamagen('3B'),
};

const known = { ...parts, ...largeParts };
const wanted = named.length > 0 ? named : Object.keys(parts);
const unknown = wanted.filter((name) => !Object.hasOwn(known, name));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; known: ${Object.keys(known).join(', ')}.`);
  process.exit(2);
}

ensureDependencies();
runOrExit(process.execPath, ['scripts/build.mjs']);
for (const name of wanted) await known[name]?.();
