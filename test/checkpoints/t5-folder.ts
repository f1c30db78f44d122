import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeSafetensors, type Float32Tensor } from '../../sidecar/model/weights/write-safetensors';
import type { NamedShape } from './llamagen-shapes';
import { randomTensors } from './random-tensors';

/** Sizes of a T5 encoder. flan-t5-xl has 24 layers, dim 2048, 32 heads of 64, hidden 5120, vocab 32128. */
export interface T5Size {
  readonly layers: number;
  readonly dim: number;
  readonly heads: number;
  readonly headDim: number;
  readonly hidden: number;
  readonly vocab: number;
}

/** The tensors of a T5 encoder with the published names. A published folder also holds the tensors of a decoder. */
function t5EncoderShapes({ layers, dim, heads, headDim, hidden, vocab }: T5Size): NamedShape[] {
  const inner = heads * headDim;
  const blocks = Array.from({ length: layers }, (_, layer): NamedShape[] => {
    const [attend, feed] = [`encoder.block.${layer}.layer.0`, `encoder.block.${layer}.layer.1`];
    return [
      ...['q', 'k', 'v'].map((part): NamedShape => [`${attend}.SelfAttention.${part}.weight`, [inner, dim]]),
      [`${attend}.SelfAttention.o.weight`, [dim, inner]],
      [`${attend}.layer_norm.weight`, [dim]],
      [`${feed}.DenseReluDense.wi_0.weight`, [hidden, dim]],
      [`${feed}.DenseReluDense.wi_1.weight`, [hidden, dim]],
      [`${feed}.DenseReluDense.wo.weight`, [dim, hidden]],
      [`${feed}.layer_norm.weight`, [dim]],
    ];
  });
  return [
    ['shared.weight', [vocab, dim]],
    ['encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight', [32, heads]],
    ...blocks.flat(),
    ['encoder.final_layer_norm.weight', [dim]],
  ];
}

/** The content of `config.json` for this encoder, with the fields of a published file. */
export function t5Config({ layers, dim, heads, headDim, hidden, vocab }: T5Size): Record<string, unknown> {
  return {
    architectures: ['T5ForConditionalGeneration'],
    d_ff: hidden,
    d_kv: headDim,
    d_model: dim,
    dense_act_fn: 'gelu_new',
    eos_token_id: 1,
    feed_forward_proj: 'gated-gelu',
    is_encoder_decoder: true,
    is_gated_act: true,
    layer_norm_epsilon: 1e-6,
    model_type: 't5',
    num_decoder_layers: layers,
    num_heads: heads,
    num_layers: layers,
    pad_token_id: 0,
    relative_attention_max_distance: 128,
    relative_attention_num_buckets: 32,
    tie_word_embeddings: false,
    vocab_size: vocab,
  };
}

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz');

/** A `tokenizer.json` of single letters and a few words: unigram pieces after a Metaspace, with `</s>` at the end. */
export function letterTokenizer(): object {
  const pieces = ['▁a', '▁red', '▁house', '▁', ...LETTERS];
  const special = ['<pad>', '</s>', '<unk>'];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      ...{ id, content, special: true },
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      pair: [],
      special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
    },
    decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
    model: {
      type: 'Unigram',
      unk_id: 2,
      vocab: [...special.map((piece) => [piece, 0]), ...pieces.map((piece, i) => [piece, -1 - i / 8])],
    },
  };
}

/**
 * Writes a T5 folder with random weights, in the form that Hugging Face publishes.
 * @param shards 1 = `model.safetensors`; more = this many files with an index
 * @returns the tensors of the folder, from which a reference can compute
 */
export async function writeT5Folder(
  folder: string,
  size: T5Size,
  { seed, shards }: { readonly seed: number; readonly shards: number },
): Promise<ReadonlyMap<string, Float32Array>> {
  const tensors = await loudTensors(t5EncoderShapes(size), seed);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(t5Config(size)));
  await writeFile(path.join(folder, 'tokenizer.json'), JSON.stringify(letterTokenizer()));
  const list = [...tensors].map(([name, data]): Float32Tensor => {
    return { name, shape: shapeOf(size, name), data: [data] };
  });
  if (shards === 1) {
    await writeSafetensors(path.join(folder, 'model.safetensors'), list);
    return tensors;
  }
  const number = (n: number): string => String(n).padStart(5, '0');
  const shardName = (shard: number): string => `model-${number(shard + 1)}-of-${number(shards)}.safetensors`;
  for (let shard = 0; shard < shards; shard++) {
    const part = list.filter((_, i) => i % shards === shard);
    await writeSafetensors(path.join(folder, shardName(shard)), part);
  }
  const index = { weight_map: Object.fromEntries(list.map(({ name }, i) => [name, shardName(i % shards)])) };
  await writeFile(path.join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
  return tensors;
}

function shapeOf(size: T5Size, name: string): readonly number[] {
  return t5EncoderShapes(size).find(([each]) => each === name)?.[1] ?? [];
}

/** Makes noise ten times as strong as an initialisation's, so every part of the encoder affects its output. Norms vary, too. */
async function loudTensors(shapes: readonly NamedShape[], seed: number): Promise<Map<string, Float32Array>> {
  const tensors = new Map<string, Float32Array>();
  for (const { name, shape, data } of randomTensors(shapes, seed)) {
    const values: number[] = [];
    for await (const piece of data) values.push(...piece);
    const isNorm = shape.length === 1;
    tensors.set(
      name,
      Float32Array.from(values, (value, i) => (isNorm ? 1 + 0.1 * (i % 5) : 10 * value)),
    );
  }
  return tensors;
}
