import { modelFields } from '../json-fields';
import { parseModelJson } from '../model-text';
import { sentence } from '../../protocol/sentence';

/**
 * A T5 encoder of version 1.1, such as flan-t5: gated GELU, no biases, no scaling of the attention's scores. The encoder of
 * flan-t5-xl has 24 layers, dim 2048, 32 heads of 64, hidden 5120, vocab 32128.
 */
export interface T5Config {
  readonly vocab: number;
  /** Width of the hidden states. */
  readonly dim: number;
  readonly layers: number;
  readonly heads: number;
  /** Width of one head; `heads * headDim` need not be `dim`. */
  readonly headDim: number;
  /** Width of the feed-forward layer. */
  readonly hidden: number;
  /** Number of buckets of distance that attention distinguishes. Half of them are for positions before. */
  readonly buckets: number;
  /** Distance in tokens from which on all distances fall into the last bucket. */
  readonly maxDistance: number;
  readonly normEps: number;
  /** Id of the token that ends a text. */
  readonly eosId: number;
}

/**
 * Reads `config.json` of a T5 folder in the form that Hugging Face's transformers write (`configuration_t5.py`).
 * @param file its path, for messages
 * @throws ModelError naming the file and the field
 */
export function parseT5Config(text: string, file: string): T5Config {
  const fields = modelFields(parseModelJson(text, file), file);
  if (fields.raw('model_type') !== 't5')
    throw fields.error('model_type', sentence`must be "t5", the only text encoder this version runs`);
  if (fields.raw('feed_forward_proj') !== 'gated-gelu')
    throw fields.error('feed_forward_proj', sentence`must be "gated-gelu", as in T5 1.1 and flan-t5`);
  const activation = fields.raw('dense_act_fn');
  if (activation !== undefined && activation !== 'gelu_new')
    throw fields.error('dense_act_fn', sentence`must be "gelu_new", as in T5 1.1 and flan-t5`);
  const config: T5Config = {
    vocab: fields.integer('vocab_size', 2, 1 << 22),
    dim: fields.integer('d_model', 1, 65536),
    layers: fields.integer('num_layers', 1, 1024),
    heads: fields.integer('num_heads', 1, 1024),
    headDim: fields.integer('d_kv', 1, 4096),
    hidden: fields.integer('d_ff', 1, 1 << 20),
    buckets: fields.integer('relative_attention_num_buckets', 4, 4096),
    maxDistance: present('relative_attention_max_distance', 128, (name) => fields.integer(name, 2, 65536)),
    normEps: present('layer_norm_epsilon', 1e-6, (name) => fields.number(name, 0, 1)),
    eosId: present('eos_token_id', 1, (name) => fields.integer(name, 0, 1 << 22)),
  };
  if (config.buckets % 4 !== 0)
    throw fields.error('relative_attention_num_buckets', sentence`must be a multiple of 4`);
  if (config.maxDistance <= config.buckets / 4)
    throw fields.error(
      'relative_attention_max_distance',
      sentence`must be more than ${config.buckets / 4}, a quarter of the buckets`,
    );
  return config;

  /** A field that older files leave out. In all of these files it has one value, `otherwise`. */
  function present(name: string, otherwise: number, read: (name: string) => number): number {
    return fields.present(name, read) ?? otherwise;
  }
}

/** Bytes of the encoder's matrices as float32. */
export function encoderBytes({ dim, layers, heads, headDim, hidden }: T5Config): number {
  return 4 * layers * dim * (4 * heads * headDim + 3 * hidden);
}
