/**
 * `node scripts/make-published-checkpoint.mjs --model janus-pro-1b --out FOLDER`: makes a checkpoint of noise at a published
 * size, in the published names, types and files. The numbers are streamed to the disk in pieces.
 */
import { copyFileSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeWholeFile } from '../../sidecar/files/write-whole-file';
import { safetensorsHeader } from '../../sidecar/model/weights/write-safetensors';
import type { NamedShape } from '../checkpoints/llamagen-shapes';
import { writeTorchCheckpoint, type TorchTensor } from '../checkpoints/write-torch-checkpoint';
import {
  addDecoder,
  addJanusImageSide,
  addLanguage,
  addTemporalStack,
  JANUS_DECODER,
  vqganNames,
  type LanguageSizes,
} from './published-tensors';
import { RandomTensors } from './random-tensors';

const GOLDEN = path.resolve('test/golden');
/** Bytes of a number in bfloat16, in which the language models are published. */
const NUMBER_BYTES = 2;
/** Bytes that stay free on the disk. */
const SPARE_BYTES = 2 * 2 ** 30;
/** The noise repeats after this many numbers. */
const NOISE_NUMBERS = 1 << 22;
const STANDARD_DEVIATION = 0.02;

/** Collects names and shapes in place of numbers. */
class PublishedShapes extends RandomTensors {
  readonly shapes: NamedShape[] = [];

  constructor() {
    super(0, 'BF16');
  }

  override add(name: string, shape: readonly number[]): void {
    this.shapes.push([name, shape]);
  }
}

function shapesOf(fill: (tensors: PublishedShapes) => void): readonly NamedShape[] {
  const tensors = new PublishedShapes();
  fill(tensors);
  return tensors.shapes;
}

const JANUS_1B: LanguageSizes = {
  ...{
    prefix: 'language_model.model.',
    layers: 24,
    dim: 2048,
    heads: 16,
    kvHeads: 16,
    headDim: 128,
    hidden: 5632,
  },
  ...{ vocab: 102400, eps: 1e-6, theta: 1e4 },
};
const JANUS_7B: LanguageSizes = { ...JANUS_1B, layers: 30, dim: 4096, heads: 32, kvHeads: 32, hidden: 11008 };
const EMU3: LanguageSizes = {
  ...{ prefix: 'model.', layers: 32, dim: 4096, heads: 32, kvHeads: 8, headDim: 128, hidden: 14336 },
  ...{ vocab: 184622, eps: 1e-5, theta: 1e6 },
};
const LUMINA: LanguageSizes = { ...EMU3, kvHeads: 32, hidden: 11008, vocab: 65536, theta: 1e4 };

function llamaConfig(
  { layers, heads, kvHeads, dim, hidden, vocab }: LanguageSizes,
  maxPositions: number,
): object {
  return {
    ...{ hidden_size: dim, intermediate_size: hidden, vocab_size: vocab, num_hidden_layers: layers },
    ...{ num_attention_heads: heads, num_key_value_heads: kvHeads, max_position_embeddings: maxPositions },
  };
}

/** A model as it is published. */
interface Published {
  readonly shapes: readonly NamedShape[];
  /** `bin`: one file of PyTorch. A number: that many shards of safetensors. */
  readonly files: 'bin' | 'ckpt' | number;
  readonly describe: (folder: string) => void;
}

const MODELS: Readonly<Record<string, () => Published>> = {
  'janus-pro-1b': () => janus(JANUS_1B),
  'janus-pro-7b': () => janus(JANUS_7B),
  'emu3-gen': emu3,
  'emu3-vision-tokenizer': () => ({
    shapes: shapesOf((tensors) => {
      const sizes = { codes: 32768, codeDim: 4, zChannels: 4, widths: [1024, 512, 512, 256], blocks: 3 };
      addDecoder(tensors, { ...sizes, attending: [0], isSpatial: true }, vqganNames(4));
      addTemporalStack(tensors);
    }),
    files: 1,
    describe: (folder) => {
      writeJson(folder, 'config.json', { architectures: ['Emu3VisionVQModel'] });
    },
  }),
  'lumina-mgpt-7b': () => ({
    shapes: shapesOf((tensors) => {
      addLanguage(tensors, LUMINA, [1, 1]);
      tensors.matrix('lm_head.weight', LUMINA.vocab, LUMINA.dim);
    }),
    files: 3,
    describe: describeLumina,
  }),
  'chameleon-vqgan': () => ({
    shapes: shapesOf((tensors) => {
      const sizes = {
        codes: 8192,
        codeDim: 256,
        zChannels: 256,
        widths: [512, 256, 256, 128, 128],
        blocks: 3,
      };
      addDecoder(tensors, { ...sizes, attending: [], isSpatial: false }, vqganNames(5));
    }),
    files: 'ckpt',
    describe: () => undefined,
  }),
};

function janus(sizes: LanguageSizes): Published {
  const codes = 16384;
  return {
    shapes: shapesOf((tensors) => {
      addLanguage(tensors, sizes);
      tensors.matrix('language_model.lm_head.weight', sizes.vocab, sizes.dim);
      addJanusImageSide(tensors, { codes, tableWidth: 8, headWidth: sizes.dim, dim: sizes.dim });
      const decoder = { codes, codeDim: 8, zChannels: 256, widths: [512, 256, 256, 128, 128], blocks: 3 };
      addDecoder(tensors, { ...decoder, attending: [0], isSpatial: false }, JANUS_DECODER);
    }),
    files: 'bin',
    describe: (folder) => {
      copyFileSync(path.join(GOLDEN, 'janus/Janus-Pro/tokenizer.json'), path.join(folder, 'tokenizer.json'));
      writeJson(folder, 'config.json', {
        architectures: ['MultiModalityCausalLM'],
        language_config: llamaConfig(sizes, 16384),
      });
      writeJson(folder, 'processor_config.json', { num_image_tokens: 576 });
    },
  };
}

function emu3(): Published {
  return {
    shapes: shapesOf((tensors) => {
      addLanguage(tensors, EMU3);
      tensors.matrix('lm_head.weight', EMU3.vocab, EMU3.dim);
    }),
    files: 7,
    describe: (folder) => {
      writeJson(folder, 'config.json', {
        ...llamaConfig(EMU3, 9216),
        ...{
          architectures: ['Emu3ForCausalLM'],
          model_type: 'Emu3',
          rope_theta: EMU3.theta,
          image_area: 518400,
        },
      });
      // The ranks: all single bytes, then pairs of them, as many as the published file has.
      const ranks = 151643;
      const bytesOf = (rank: number): number[] =>
        rank < 256 ? [rank] : [0x61 + (rank % 26), (rank >> 8) & 255, rank & 255, 0xff];
      const lines = Array.from(
        { length: ranks },
        (_, rank) => `${Buffer.from(bytesOf(rank)).toString('base64')} ${rank}`,
      );
      writeFileSync(path.join(folder, 'emu3.tiktoken'), `${lines.join('\n')}\n`);
      const visual = Array.from(
        { length: 32768 },
        (_, code) => `<|visual token ${String(code).padStart(6, '0')}|>`,
      );
      const names = ['<|image token|>', '<|image start|>', '<|image end|>', ...visual];
      writeFileSync(path.join(folder, 'emu3_vision_tokens.txt'), `${names.join('\n')}\n`);
    },
  };
}

/** Chameleon's vocabulary has 8192 image tokens from id 4 on; the golden one has fewer. */
function describeLumina(folder: string): void {
  const file = path.join(GOLDEN, 'lumina/Lumina-mGPT/tokenizer.json');
  const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as {
    model: { vocab: Record<string, number> };
    added_tokens: { id: number; content: string }[];
  };
  const images = Array.from({ length: 8192 }, (_, code) => {
    return `IMGIMG${Array.from(String(code), (digit) => 'ABCDEFGHIJ'[Number(digit)] ?? '').join('')}Z`;
  });
  const others = Object.entries(tokenizer.model.vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name)
    .filter((name) => !name.startsWith('IMGIMG'));
  const names = [...others.slice(0, 4), ...images, ...others.slice(4)];
  // The published ids of reserved tokens follow their numbers.
  const ids = Object.fromEntries(
    names.map((name, i) => [name, reservedId(name) ?? (i < 8196 ? i : i + 1000)]),
  );
  const added = tokenizer.added_tokens.filter(({ content }) => !content.startsWith('IMGIMG'));
  const [template] = added;
  writeJson(folder, 'tokenizer.json', {
    ...tokenizer,
    model: { ...tokenizer.model, vocab: ids },
    added_tokens: [...added.map(({ content }) => content), ...images].map((content) => ({
      ...template,
      content,
      id: ids[content],
    })),
  });
  writeJson(folder, 'config.json', {
    ...llamaConfig(LUMINA, 10240),
    ...{ architectures: ['ChameleonXLLMXForConditionalGeneration'], vocabulary_map: ids },
  });
}

function reservedId(name: string): number | undefined {
  const number = /^<reserved(\d{5})>$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number) + 4;
}

function writeJson(folder: string, name: string, content: object): void {
  writeFileSync(path.join(folder, name), JSON.stringify(content));
}

/** Normal-like noise in bfloat16, the same for each tensor. */
function noise(): Uint16Array {
  const numbers = new Uint16Array(NOISE_NUMBERS);
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  const random = new RandomTensors(1, 'BF16');
  for (let i = 0; i < numbers.length; i++) {
    value[0] = (random.next() + random.next() - 1) * STANDARD_DEVIATION * Math.sqrt(6);
    numbers[i] = (bits[0] ?? 0) >>> 16;
  }
  return numbers;
}

const ONE = 0x3f80;

function* numbersFor([name, shape]: NamedShape, repeated: Uint16Array): Generator<Uint8Array> {
  let left = elementsOf(shape);
  const isGain = shape.length === 1 && (name.endsWith('weight') || name.endsWith('running_var'));
  const source = isGain ? new Uint16Array(left).fill(ONE) : repeated;
  while (left > 0) {
    const piece = source.subarray(0, Math.min(left, source.length));
    yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
    left -= piece.length;
  }
}

function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

async function writeShards(
  folder: string,
  shapes: readonly NamedShape[],
  count: number,
  repeated: Uint16Array,
): Promise<void> {
  const total = shapes.reduce((sum, [, shape]) => sum + elementsOf(shape), 0);
  const map: Record<string, string> = {};
  const shards = Array.from({ length: count }, (): NamedShape[] => []);
  let before = 0;
  for (const named of shapes) {
    shards[Math.min(count - 1, Math.floor((before * count) / total))]?.push(named);
    before += elementsOf(named[1]);
  }
  for (const [i, shard] of shards.entries()) {
    const number = (n: number): string => String(n).padStart(5, '0');
    const name = count === 1 ? 'model.safetensors' : `model-${number(i + 1)}-of-${number(count)}.safetensors`;
    const header = safetensorsHeader(
      shard.map(([tensor, shape]) => ({ name: tensor, dtype: 'BF16', shape })),
    );
    await writeWholeFile(path.join(folder, name), bytesOfFile(header, shard, repeated));
    for (const [tensor] of shard) map[tensor] = name;
  }
  if (count > 1)
    writeJson(folder, 'model.safetensors.index.json', {
      metadata: { total_size: NUMBER_BYTES * total },
      weight_map: map,
    });
}

function* bytesOfFile(
  header: Uint8Array,
  shard: readonly NamedShape[],
  repeated: Uint16Array,
): Generator<Uint8Array> {
  yield header;
  for (const named of shard) yield* numbersFor(named, repeated);
}

async function writeTorch(file: string, shapes: readonly NamedShape[], repeated: Uint16Array): Promise<void> {
  const tensors = shapes.map((named): TorchTensor => {
    return {
      name: named[0],
      shape: named[1],
      storageType: 'BFloat16Storage',
      data: numbersFor(named, repeated),
    };
  });
  await writeTorchCheckpoint(file, tensors, 'state_dict');
}

const { values } = parseArgs({ options: { model: { type: 'string' }, out: { type: 'string' } } });
const make = values.model === undefined ? undefined : MODELS[values.model];
if (!make || values.out === undefined) {
  console.error(
    `node scripts/make-published-checkpoint.mjs --model ${Object.keys(MODELS).join('|')} --out FOLDER`,
  );
  process.exitCode = 2;
} else {
  const { shapes, files, describe } = make();
  const folder = path.resolve(values.out);
  mkdirSync(folder, { recursive: true });
  const bytes = NUMBER_BYTES * shapes.reduce((sum, [, shape]) => sum + elementsOf(shape), 0);
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < bytes + SPARE_BYTES) {
    console.error(
      `${folder} has ${bavail * bsize} bytes free, and the checkpoint takes ${bytes}; make room first.`,
    );
    process.exitCode = 1;
  } else {
    describe(folder);
    const repeated = noise();
    if (typeof files === 'number') await writeShards(folder, shapes, files, repeated);
    else
      await writeTorch(
        path.join(folder, files === 'bin' ? 'pytorch_model.bin' : 'vqgan.ckpt'),
        shapes,
        repeated,
      );
    console.log(`${folder}: ${bytes} bytes of weights`);
  }
}
