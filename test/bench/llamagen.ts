/**
 * Runs `zipar bench` on a LlamaGen transformer with random weights, at a published size and in the published format. The
 * arguments are `llamagen B` and options for the command. Random weights take as long as trained ones.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transformerShapes, TRANSFORMER_SIZES } from '../checkpoints/llamagen-shapes';
import { randomTensors } from '../checkpoints/random-tensors';
import { writeTorchCheckpoint } from '../checkpoints/write-torch-checkpoint';
import { ziparBench } from './zipar-bench';

/** Names of published checkpoints; the name tells the grid. */
const NAMES = { B: 'c2i_B_256', L: 'c2i_L_256', XL: 'c2i_XL_384', XXL: 'c2i_XXL_384', '3B': 'c2i_3B_384' };
const MAX_OPEN_MS = 3000;

const [size = 'B', ...args] = process.argv.slice(2);
const known = (Object.keys(NAMES) as (keyof typeof NAMES)[]).find((name) => name === size);
if (known === undefined)
  throw new Error(`There is no size ${size}; known: ${Object.keys(NAMES).join(', ')}.`);
const folder = await mkdtemp(path.join(tmpdir(), 'zipar-bench-'));
try {
  const checkpoint = path.join(folder, `${NAMES[known]}.pt`);
  await writeTorchCheckpoint(checkpoint, randomTensors(transformerShapes(TRANSFORMER_SIZES[known]), 7));
  const { size: bytes } = await stat(checkpoint);
  const { report, text } = ziparBench(['--model', checkpoint, ...args], path.join(folder, 'cache'));
  console.log(`\n${text}`);
  const stored = report.results.find(
    ({ provider, precision }) => provider === 'cpu' && precision === 'stored',
  );
  if (stored) {
    const maxPeak = 1.5 * bytes + 300e6;
    const verdict = (isMet: boolean): string => (isMet ? 'met' : 'missed');
    const { loadMs, peakBytes } = stored;
    console.log(
      `Goals of the weights as stored: opened in ${MAX_OPEN_MS} ms ${verdict(loadMs.median <= MAX_OPEN_MS)}; ` +
        `peak memory of ${(maxPeak / 1e6).toFixed(0)} MB (1.5 x weights + 300 MB) ${verdict(peakBytes.median <= maxPeak)}.`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}
