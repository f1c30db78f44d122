// @ts-check
/** Makes a checkpoint of random noise at a published size of LlamaGen: see test/checkpoints/make-checkpoint.ts. */
import { fileURLToPath } from 'node:url';
import { bundleAndRun } from './bundle-and-run.mjs';

const entry = fileURLToPath(new URL('../test/checkpoints/make-checkpoint.ts', import.meta.url));
const outfile = fileURLToPath(new URL('../dist/make-checkpoint.mjs', import.meta.url));
await bundleAndRun(entry, outfile, process.argv.slice(2));
