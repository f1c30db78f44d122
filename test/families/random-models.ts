/** Small random checkpoints of each family, with sizes unlike those of the golden data, in every published naming. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LiteralConfig } from './literal-llama';
import { emu3Current, emu3Published, emu3VisionConverted, janusConverted } from './namings';
import {
  addDecoder,
  addJanusImageSide,
  addLanguage,
  addTemporalStack,
  JANUS_DECODER,
  vqganNames,
  type DecoderSizes,
  type LanguageSizes,
} from './published-tensors';
import { RandomTensors } from './random-tensors';
import type { Tensors } from './tensors';
import { torchCheckpoint, writeCheckpoint } from './write-checkpoint';

const GOLDEN = path.join(__dirname, '../golden');

/** A random model. */
export interface RandomModel {
  readonly grid: readonly [number, number];
  /** The original release's tensors of the transformer. */
  readonly tensors: Tensors;
  readonly language: LiteralConfig;
  readonly codes: number;
  readonly patch: number;
  /** Writes the model in each naming into a folder of its own below `folder`. @returns the models' folders, by naming */
  write(folder: string): Readonly<Record<string, string>>;
}

function languageSizes(
  random: RandomTensors,
  prefix: string,
  vocab: number,
  eps: number,
  theta: number,
): LanguageSizes {
  const headDim = random.oneOf([6, 8, 10, 16, 20]);
  const kvHeads = random.oneOf([1, 2, 3, 5]);
  const heads = kvHeads * random.oneOf([1, 2, 3, 4]);
  return {
    ...{ prefix, vocab, eps, theta, headDim, kvHeads, heads },
    layers: random.oneOf([1, 2, 4]),
    dim: random.oneOf([headDim * heads, headDim * heads, 52]),
    hidden: random.oneOf([36, 72, 100]),
    biases: random.oneOf(['none', 'none', 'queries, keys and values', 'all']),
  };
}

function llamaConfig({ layers, heads, kvHeads, headDim, dim, hidden, vocab, biases }: LanguageSizes): object {
  return {
    ...{ hidden_size: dim, intermediate_size: hidden, vocab_size: vocab, num_hidden_layers: layers },
    ...(headDim * heads !== dim && { head_dim: headDim }),
    ...(biases !== 'none' && { attention_bias: true, mlp_bias: biases === 'all' }),
    ...{ num_attention_heads: heads, num_key_value_heads: kvHeads, max_position_embeddings: 2048 },
  };
}

function decoderSizes(random: RandomTensors, codes: number): DecoderSizes {
  const levels = random.oneOf([1, 2, 3]);
  return {
    codes,
    codeDim: random.oneOf([4, 6, 8]),
    zChannels: random.oneOf([4, 12]),
    widths: Array.from({ length: levels }, () => random.oneOf([32, 64])),
    blocks: random.oneOf([1, 2, 3]),
    attending: random.oneOf([[0], [0], []]),
    isSpatial: false,
  };
}

/** Adds the output layer, unless the table of tokens is used for it. @returns whether it is */
function addHead(random: RandomTensors, { vocab, dim }: LanguageSizes): boolean {
  const isTied = random.oneOf([false, false, true]);
  if (!isTied) random.matrix('lm_head.weight', vocab, dim);
  return isTied;
}

function readText(...place: string[]): string {
  return readFileSync(path.join(GOLDEN, ...place), 'utf8');
}

function grid(random: RandomTensors, sides: readonly number[]): readonly [number, number] {
  return [random.oneOf(sides), random.oneOf(sides)];
}

export function randomJanus(seed: number): RandomModel {
  const random = new RandomTensors(seed, seed % 2 === 0 ? 'BF16' : 'F32');
  const codes = random.oneOf([37, 64, 130]);
  const sizes = languageSizes(random, 'language_model.model.', random.oneOf([364, 401]), 1e-6, 1e4);
  const [tableWidth, headWidth] = [random.oneOf([4, 8, 10]), random.oneOf([24, 48])];
  addLanguage(random, sizes);
  random.matrix('language_model.lm_head.weight', sizes.vocab, sizes.dim);
  addJanusImageSide(random, { codes, tableWidth, headWidth, dim: sizes.dim });
  const decoder = decoderSizes(random, codes);
  addDecoder(random, decoder, JANUS_DECODER);
  const tokenizer = { 'tokenizer.json': readText('janus', 'Janus-Pro', 'tokenizer.json') };
  const converted = { 'tokenizer.json': readText('janus', 'Janus-Pro-hf', 'tokenizer.json') };
  const language = { ...llamaConfig(sizes), model_type: 'llama' };
  const original = {
    ...tokenizer,
    'config.json': { architectures: ['MultiModalityCausalLM'], language_config: language },
  };
  return {
    grid: grid(random, [3, 4, 5]),
    tensors: random.tensors,
    language: sizes,
    codes,
    patch: 2 ** (decoder.widths.length - 1),
    write: (folder) => {
      const at = (name: string): string => path.join(folder, name);
      writeCheckpoint(at('original'), random.tensors, { format: 'bin', shards: 1 }, original);
      writeCheckpoint(at('original-shards'), random.tensors, { format: 'bin', shards: 3 }, original);
      writeCheckpoint(
        at('original-safetensors'),
        random.tensors,
        { format: 'safetensors', shards: 2 },
        original,
      );
      writeCheckpoint(
        at('converted'),
        janusConverted(random.tensors),
        { format: 'safetensors', shards: 1 },
        {
          ...converted,
          'config.json': {
            architectures: ['JanusForConditionalGeneration'],
            text_config: {
              ...language,
              rms_norm_eps: sizes.eps,
              rope_parameters: { rope_theta: sizes.theta, rope_type: 'default' },
            },
          },
        },
      );
      return foldersIn(folder, ['original', 'original-shards', 'original-safetensors', 'converted']);
    },
  };
}

/** Chameleon's tokenizer with another number of image tokens, beginning at another id. */
function chameleonTokenizer(
  codes: number,
  firstImage: number,
): { tokenizer: object; ids: Record<string, number>; vocab: number } {
  const tokenizer = JSON.parse(readText('lumina', 'Lumina-mGPT', 'tokenizer.json')) as {
    model: { vocab: Record<string, number> };
    added_tokens: { id: number; content: string }[];
  };
  const isImage = (name: string): boolean => name.startsWith('IMGIMG');
  const others = Object.entries(tokenizer.model.vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name)
    .filter((name) => !isImage(name));
  const images = Array.from({ length: codes }, (_, code) => {
    const letters = Array.from(String(code), (digit) => 'ABCDEFGHIJ'[Number(digit)] ?? '').join('');
    return `IMGIMG${letters}Z`;
  });
  const names = [...others.slice(0, firstImage), ...images, ...others.slice(firstImage)];
  const ids = Object.fromEntries(names.map((name, id) => [name, id]));
  const special = tokenizer.added_tokens.filter(({ content }) => !isImage(content));
  const [template] = special;
  const added = [...special.map(({ content }) => content), ...images].map((content) => ({
    ...template,
    content,
    id: ids[content],
  }));
  return {
    tokenizer: { ...tokenizer, model: { ...tokenizer.model, vocab: ids }, added_tokens: added },
    ids,
    vocab: names.length,
  };
}

export function randomLumina(seed: number): RandomModel & { readonly ids: Readonly<Record<string, number>> } {
  const random = new RandomTensors(seed, seed % 2 === 0 ? 'F32' : 'BF16');
  const codes = random.oneOf([21, 40, 128]);
  const { tokenizer, ids, vocab } = chameleonTokenizer(codes, random.oneOf([4, 9]));
  const sizes = languageSizes(random, 'model.', vocab, 1e-5, random.oneOf([1e4, 5e3]));
  const { heads, kvHeads } = sizes;
  const group = random.oneOf([1, kvHeads]);
  addLanguage(random, sizes, [random.oneOf([1, heads]), group]);
  const isTied = addHead(random, sizes);
  const vq = new RandomTensors(seed + 1000, 'F32');
  const decoder = { ...decoderSizes(vq, codes), attending: [] };
  addDecoder(vq, decoder, vqganNames(decoder.widths.length));
  vq.conv('encoder.conv_in', 32, 3, 3, 3);
  const config = {
    ...llamaConfig(sizes),
    rms_norm_eps: sizes.eps,
    rope_theta: sizes.theta,
    swin_norm: false,
    ...(isTied && { tie_word_embeddings: true }),
  };
  const authors = {
    ...config,
    architectures: ['ChameleonXLLMXForConditionalGeneration'],
    vocabulary_map: ids,
  };
  const repeated: Tensors = new Map(
    [...random.tensors].map(([name, tensor]) => {
      const count = name.includes('q_norm') ? heads : name.includes('k_norm') ? kvHeads : undefined;
      if (count === undefined) return [name, tensor];
      const [rows = 1, width = 0] = tensor.shape;
      const row = (i: number): Buffer =>
        tensor.data.subarray((i * tensor.data.length) / rows, ((i + 1) * tensor.data.length) / rows);
      const data = Buffer.concat(
        Array.from({ length: count }, (_, head) => row(Math.floor(head / (count / rows)))),
      );
      return [name, { ...tensor, shape: [count, width], data }];
    }),
  );
  return {
    grid: grid(random, [4, 6]),
    tensors: random.tensors,
    language: sizes,
    codes,
    ids,
    patch: 2 ** (decoder.widths.length - 1),
    write: (folder) => {
      const at = (name: string): string => path.join(folder, name);
      mkdirSync(at('chameleon/tokenizer'), { recursive: true });
      writeFileSync(at('chameleon/tokenizer/vqgan.ckpt'), torchCheckpoint(vq.tensors, 'state_dict'));
      const files = { 'tokenizer.json': tokenizer };
      writeCheckpoint(
        at('authors'),
        random.tensors,
        { format: 'safetensors', shards: 2 },
        { ...files, 'config.json': authors },
      );
      writeCheckpoint(
        at('authors-one'),
        random.tensors,
        { format: 'safetensors', shards: 1 },
        { ...files, 'config.json': { ...authors, vocabulary_map: undefined } },
      );
      writeCheckpoint(
        at('authors-bin'),
        random.tensors,
        { format: 'bin', shards: 2 },
        { ...files, 'config.json': authors },
      );
      writeCheckpoint(
        at('transformers'),
        repeated,
        { format: 'safetensors', shards: 3 },
        {
          ...files,
          'config.json': { ...authors, architectures: ['ChameleonForConditionalGeneration'] },
        },
      );
      return foldersIn(folder, ['authors', 'authors-one', 'authors-bin', 'transformers']);
    },
  };
}

export function randomEmu3(seed: number): RandomModel & { readonly ids: Readonly<Record<string, number>> } {
  const random = new RandomTensors(seed, seed % 2 === 0 ? 'BF16' : 'F32');
  const codes = random.oneOf([33, 64, 127]);
  const converted = JSON.parse(readText('emu3', 'Emu3-Gen-hf', 'tokenizer.json')) as {
    model: { vocab: Record<string, number> };
    added_tokens: { id: number; content: string }[];
  };
  const visual = (code: number): string => `<|visual token ${String(code).padStart(6, '0')}|>`;
  const first = converted.added_tokens.find(({ content }) => content === visual(0))?.id ?? NaN;
  const vocab = first + codes;
  const [template] = converted.added_tokens;
  const isOther = (name: string): boolean => !name.startsWith('<|visual token');
  const tokenizer = {
    ...converted,
    model: {
      ...converted.model,
      vocab: Object.fromEntries([
        ...Object.entries(converted.model.vocab).filter(([name]) => isOther(name)),
        ...(visual(0) in converted.model.vocab
          ? Array.from({ length: codes }, (_, code) => [visual(code), first + code])
          : []),
      ]) as Record<string, number>,
    },
    added_tokens: [
      ...converted.added_tokens.filter(({ content }) => isOther(content)),
      ...Array.from({ length: codes }, (_, code) => ({
        ...template,
        content: visual(code),
        id: first + code,
      })),
    ],
  };
  const ids = Object.fromEntries(tokenizer.added_tokens.map(({ content, id }) => [content, id]));
  const visionNames = [
    '<|image token|>',
    '<|image start|>',
    '<|image end|>',
    ...Array.from({ length: codes }, (_, code) => visual(code)),
  ];
  const sizes = languageSizes(random, 'model.', vocab, 1e-5, random.oneOf([1e6, 5e5]));
  addLanguage(random, sizes);
  const isTied = addHead(random, sizes);
  const vision = new RandomTensors(seed + 1000, seed % 2 === 0 ? 'F32' : 'BF16');
  const decoder: DecoderSizes = { ...decoderSizes(vision, codes), codeDim: 4, zChannels: 4, isSpatial: true };
  addDecoder(vision, decoder, vqganNames(decoder.widths.length));
  addTemporalStack(vision);
  const config = {
    ...llamaConfig(sizes),
    rms_norm_eps: sizes.eps,
    ...(isTied && { tie_word_embeddings: true }),
  };
  const original = {
    'config.json': {
      ...config,
      architectures: ['Emu3ForCausalLM'],
      model_type: 'Emu3',
      rope_theta: sizes.theta,
      image_area: 3456,
    },
    'emu3.tiktoken': readText('emu3', 'Emu3-Gen', 'emu3.tiktoken'),
    'emu3_vision_tokens.txt': `${visionNames.join('\n')}\n`,
  };
  const hf = (text: object): Readonly<Record<string, object>> => ({
    'config.json': {
      architectures: ['Emu3ForConditionalGeneration'],
      model_type: 'emu3',
      text_config: { ...config, ...text },
    },
    'tokenizer.json': tokenizer,
  });
  return {
    grid: grid(random, [3, 4, 5]),
    tensors: random.tensors,
    language: sizes,
    codes,
    ids,
    patch: 2 ** (decoder.widths.length - 1),
    write: (folder) => {
      const at = (name: string): string => path.join(folder, name);
      writeCheckpoint(
        at('Emu3-VisionTokenizer'),
        vision.tensors,
        { format: 'safetensors', shards: 1 },
        {
          'config.json': { architectures: ['Emu3VisionVQModel'], model_type: 'Emu3VisionVQ' },
        },
      );
      writeCheckpoint(at('original'), random.tensors, { format: 'safetensors', shards: 3 }, original);
      writeCheckpoint(at('original-bin'), random.tensors, { format: 'bin', shards: 2 }, original);
      const published = new Map([
        ...emu3Published(random.tensors),
        ...emu3VisionConverted(vision.tensors, 'vqmodel.'),
      ]);
      writeCheckpoint(
        at('converted'),
        published,
        { format: 'safetensors', shards: 2 },
        hf({ rope_theta: sizes.theta }),
      );
      const current = new Map([
        ...emu3Current(random.tensors),
        ...emu3VisionConverted(vision.tensors, 'model.vqmodel.'),
      ]);
      const parameters = { rope_parameters: { rope_theta: sizes.theta, rope_type: 'default' } };
      writeCheckpoint(at('current'), current, { format: 'safetensors', shards: 1 }, hf(parameters));
      return foldersIn(folder, ['original', 'original-bin', 'converted', 'current']);
    },
  };
}

function foldersIn(folder: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, path.join(folder, name)]));
}
