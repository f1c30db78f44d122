/**
 * `node scripts/make-checkpoint.mjs --size B --out FILE`: makes a checkpoint of random noise at a published size of LlamaGen.
 * The tensors have the published names and are streamed to the disk.
 */
import { parseArgs } from 'node:util';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { transformerShapes, TRANSFORMER_SIZES, vqShapes, type NamedShape } from './llamagen-shapes';
import { randomTensors } from './random-tensors';
import { writeTorchCheckpoint } from './write-torch-checkpoint';

const USAGE = `node scripts/make-checkpoint.mjs --out FILE [--size ${[...Object.keys(TRANSFORMER_SIZES), 'VQ-16', 'VQ-8'].join('|')}] [--caption] [--seed N]
FILE ends in .pt or .safetensors, which decides the format. --caption makes a caption-conditional transformer.`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'B' },
    out: { type: 'string' },
    seed: { type: 'string', default: '0' },
    caption: { type: 'boolean', default: false },
  },
});

function shapesOf(size: string, isCaption: boolean): NamedShape[] | undefined {
  if (size === 'VQ-16') return vqShapes();
  if (size === 'VQ-8') return vqShapes({ channelMultipliers: [1, 2, 2, 4] });
  if (!Object.hasOwn(TRANSFORMER_SIZES, size)) return undefined;
  const transformer = TRANSFORMER_SIZES[size as keyof typeof TRANSFORMER_SIZES];
  const condition = isCaption ? { tokens: 120, captionDim: 2048 } : { classes: 1000 };
  return transformerShapes({ ...transformer, condition });
}

const { out, size, seed, caption } = values;
const shapes = shapesOf(size, caption);
const write = out?.endsWith('.pt')
  ? writeTorchCheckpoint
  : out?.endsWith('.safetensors')
    ? writeSafetensors
    : undefined;
if (out === undefined || !shapes || !write || !/^\d{1,9}$/.test(seed)) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  await write(out, randomTensors(shapes, Number(seed)));
  console.log(out);
}
