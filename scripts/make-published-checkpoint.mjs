// @ts-check
/** Makes a checkpoint of noise in the form of a published model: see test/families/make-published-checkpoint.ts. */
import { fileURLToPath } from 'node:url';
import { bundleAndRun } from './bundle-and-run.mjs';

const entry = fileURLToPath(new URL('../test/families/make-published-checkpoint.ts', import.meta.url));
const outfile = fileURLToPath(new URL('../dist/make-published-checkpoint.mjs', import.meta.url));
await bundleAndRun(entry, outfile, process.argv.slice(2));
