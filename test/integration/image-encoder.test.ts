/** Image encoders, held against PyTorch (test/golden/vq16-encoder/make.py) and against arithmetic in float64. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runtime } from '../../sidecar/chosen-runtime';
import type { GridShape } from '../../sidecar/decoding/token-grid';
import { Checkpoint } from '../../sidecar/model/checkpoint';
import { buildImageEncoderGraph } from '../../sidecar/model/image-encoder/encoder-graph';
import { inferEncoderShape } from '../../sidecar/model/image-encoder/encoder-shape';
import {
  buildFoldedEncoderGraph,
  inferFoldedEncoder,
} from '../../sidecar/model/image-encoder/folded-encoder';
import { TensorShapes } from '../../sidecar/model/tensor-shapes';
import { openWeights } from '../../sidecar/model/weights/open-weights';
import { readTensorAsFloat32, readTensorAsIntegers } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import type { TensorLocation } from '../../sidecar/model/weights/tensor-location';
import { withoutWrapperNames } from '../../sidecar/model/wrapper-names';
import { HostTensor } from '../../sidecar/runtime/tensor';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { readModelFolder } from '../../sidecar/model/model-folder';
import { addDecoder, addTemporalStack, vqganNames } from '../families/published-tensors';
import { emu3VisionConverted } from '../families/namings';
import { RandomTensors } from '../families/random-tensors';
import { readTensors, type Tensors } from '../families/tensors';
import { writeCheckpoint } from '../families/write-checkpoint';
import { addEncoderTime, addFoldedEncoder, addVqganEncoder } from '../image-encoders/encoder-tensors';
import {
  encodeFolded,
  encodeVq16,
  encodeVqgan,
  Float64Layers,
  type Field,
} from '../image-encoders/float64-encoders';
import { writeSafetensors } from '../unit/weights/write-safetensors';

const GOLDEN = path.join(__dirname, '../golden/vq16-encoder');
const folder = mkdtempSync(path.join(tmpdir(), 'zipar-encoder-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Encoded {
  readonly tokens: readonly number[];
  readonly latent: Float32Array;
}

async function golden(name: 'pixels' | 'latent' | 'tokens'): Promise<TensorLocation> {
  const location = (await openSafetensors(path.join(GOLDEN, 'golden.safetensors'))).get(name);
  if (!location) throw new Error(`The golden data lack "${name}".`);
  return location;
}

/** Runs a graph over a picture. */
async function run(
  graph: Uint8Array<ArrayBuffer>,
  place: string,
  { data, height, width }: Field,
): Promise<Encoded> {
  const session = await runtime.open(graph, place, { provider: 'cpu', threads: 1 }, { runs: 'one' });
  const image = new HostTensor('float32', Float32Array.from(data), [1, 3, height, width]);
  const { tokens, latent } = await session.run({ image });
  await session.release();
  return {
    tokens: Array.from((tokens?.data ?? []) as BigInt64Array, Number),
    latent: latent?.data as Float32Array,
  };
}

/** Runs the encoder after VQGAN in a weight file. @param bytes above which values are computed in bands */
async function encode(file: string, grid: GridShape, picture: Field, bytes?: number): Promise<Encoded> {
  const shapes = new TensorShapes(file, withoutWrapperNames(await openWeights(file), file));
  const shape = inferEncoderShape(shapes, 32);
  if (!shape) throw new Error('The file holds no image encoder.');
  const checkpoint = await Checkpoint.open(path.dirname(file), path.basename(file));
  return run(buildImageEncoderGraph(shape, grid, checkpoint, bytes), checkpoint.folder, picture);
}

/** A picture of seeded noise. */
function picture(seed: number, height: number, width: number): Field {
  const random = new RandomTensors(seed, 'F32');
  const data = Float64Array.from({ length: 3 * height * width }, () => Math.fround(2 * random.next() - 1));
  return { data, channels: 3, height, width };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN))).reduce((max, x) => Math.max(max, x), 0);
}

describe('the image encoder of VQ-16', () => {
  const weights = path.join(GOLDEN, 'model.safetensors');
  const grid = { height: 8, width: 8 };
  const given = async (): Promise<Field> => ({
    data: Float64Array.from(await readTensorAsFloat32(await golden('pixels'))),
    ...{ channels: 3, height: 32, width: 32 },
  });

  // A limit of 1 byte makes a band of each row of tokens.
  it.each([undefined, 1, 40_000])(
    'gives the tokens of the published structure (bands of %s bytes)',
    async (bytes) => {
      const { tokens, latent } = await encode(weights, grid, await given(), bytes);
      expect(largestDifference(latent, await readTensorAsFloat32(await golden('latent')))).toBeLessThan(1e-4);
      expect(tokens).toEqual(await readTensorAsIntegers(await golden('tokens')));
    },
  );

  it('agrees with an independent computation in float64', async () => {
    const { tokens, latent } = await encode(weights, grid, await given());
    const layers = new Float64Layers(await readTensors(weights));
    const vectors = encodeVq16(layers, await given());
    expect(largestDifference(latent, vectors.data)).toBeLessThan(1e-4);
    expect(tokens).toEqual(layers.nearestCodes(vectors, 'quantize.embedding.weight', true));
  });
});

describe('image encoders after VQGAN', () => {
  const grid = { height: 4, width: 6 };
  const sizes = { widths: [32, 32, 64], blocks: 2, attending: [2], zChannels: 4 };

  function tensors(isInTime: boolean): Tensors {
    const random = new RandomTensors(isInTime ? 5 : 6, 'F32');
    addVqganEncoder(random, sizes);
    if (isInTime) addEncoderTime(random, 4, 4);
    else random.conv('quant_conv', 4, 4, 1, 1);
    // The decoder adds the codebook.
    const decoder = { codes: 48, codeDim: 4, zChannels: 4, widths: [64, 32, 32], blocks: 3, attending: [0] };
    addDecoder(random, { ...decoder, isSpatial: isInTime }, vqganNames(3));
    if (isInTime) addTemporalStack(random);
    return random.tensors;
  }

  it.each([
    ['Chameleon', tensors(false), tensors(false)],
    ['Emu3', tensors(true), tensors(true)],
    ['Emu3, converted', tensors(true), emu3VisionConverted(tensors(true), 'model.vqmodel.')],
  ])('of %s agree with float64', async (name, plain, stored) => {
    const place = path.join(folder, name);
    writeCheckpoint(place, stored, { format: 'safetensors', shards: 1 });
    const layers = new Float64Layers(plain);
    const noise = picture(9, 16, 24);
    const vectors = encodeVqgan(layers, noise);
    for (const bytes of [undefined, 1]) {
      const { tokens, latent } = await encode(path.join(place, 'model.safetensors'), grid, noise, bytes);
      expect(largestDifference(latent, vectors.data)).toBeLessThan(1e-4);
      expect(tokens).toEqual(layers.nearestCodes(vectors, 'quantize.embedding.weight', false));
    }
    // A folder with the image tokenizer alone is a model that encodes and decodes.
    const model = new LoadedModel(await readModelFolder(place, { grid: [4, 6] }), {
      provider: 'cpu',
      threads: 1,
    });
    const found = Array.from(await model.encodePixels(Float32Array.from(noise.data)));
    expect(found).toEqual(layers.nearestCodes(vectors, 'quantize.embedding.weight', false));
  });
});

describe('the image encoder of training/', () => {
  it('agrees with float64', async () => {
    const random = new RandomTensors(7, 'F32');
    addFoldedEncoder(random, { fold: 4, wide: 16, deep: 24, codeDim: 8 });
    const codes = new RandomTensors(8, 'F32');
    codes.add('quantize.embedding.weight', [64, 8], 1);
    writeFileSync(path.join(folder, 'encoder.safetensors'), writeSafetensors(random.tensors));
    writeFileSync(path.join(folder, 'vq.safetensors'), writeSafetensors(codes.tensors));
    const file = path.join(folder, 'encoder.safetensors');
    const shape = inferFoldedEncoder(new TensorShapes(file, await openWeights(file)), 8);
    if (!shape) throw new Error('The file holds no image encoder.');
    const encoder = await Checkpoint.open(folder, 'encoder.safetensors');
    const tokenizer = await Checkpoint.open(folder, 'vq.safetensors');
    const noise = picture(10, 24, 32);
    const graph = buildFoldedEncoderGraph(shape, { height: 3, width: 4 }, encoder, tokenizer, 64);
    const { tokens, latent } = await run(graph, encoder.folder, noise);
    const layers = new Float64Layers(new Map([...random.tensors, ...codes.tensors]), 8);
    const vectors = encodeFolded(layers, noise, 4);
    expect(largestDifference(latent, vectors.data)).toBeLessThan(1e-4);
    expect(tokens).toEqual(layers.nearestCodes(vectors, 'quantize.embedding.weight', true));
  });
});
