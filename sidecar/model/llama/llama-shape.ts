import type { Fields } from '../json-fields';
import { ModelError } from '../model-error';
import type { TensorShapes } from '../tensor-shapes';
import { sentence } from '../../protocol/sentence';

/** Sizes of a language model of the Llama kind: pre-norm, grouped-query attention, rotary positions, SwiGLU. */
export interface LlamaShape {
  readonly layers: number;
  /** Width of the hidden states. */
  readonly dim: number;
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads: number;
  readonly headDim: number;
  /** Width of the feed-forward layer. */
  readonly hidden: number;
  /** Rows of the table of text tokens. */
  readonly vocab: number;
  readonly normEps: number;
  readonly ropeBase: number;
  /** Positions that the model was made for; undefined when its config does not say. */
  readonly maxPositions: number | undefined;
  /** The linear layers of each block that have a bias, such as `self_attn.q_proj`. Published models have none. */
  readonly biased: ReadonlySet<LinearOfBlock>;
}

/** The linear layers of a block. */
const LINEARS = [
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'mlp.gate_proj',
  'mlp.up_proj',
  'mlp.down_proj',
] as const;
export type LinearOfBlock = (typeof LINEARS)[number];

/** What a config means where it is silent. */
export interface LlamaDefaults {
  readonly normEps: number;
  readonly ropeBase: number;
}

/** Heads that `LlamaConfig` of Hugging Face's transformers assumes. Janus-Pro-7B's config relies on it. */
const USUAL_HEADS = 32;

/**
 * The sizes of a language model, from its tensors and its config.
 * @param prefix stands before the names of its tensors, such as `language_model.model.`
 * @throws ModelError when a tensor is missing, or config and tensors contradict each other
 */
export function inferLlama(
  shapes: TensorShapes,
  prefix: string,
  config: Fields,
  defaults: LlamaDefaults,
): LlamaShape {
  const first = `${prefix}layers.0`;
  const [vocab, dim] = shapes.matrix(`${prefix}embed_tokens.weight`);
  const layers = shapes.count((layer) => `${prefix}layers.${layer}.self_attn.q_proj.weight`);
  const [hidden] = shapes.matrix(`${first}.mlp.gate_proj.weight`);
  const [queryRows] = shapes.matrix(`${first}.self_attn.q_proj.weight`);
  const [keyRows] = shapes.matrix(`${first}.self_attn.k_proj.weight`);
  const heads = config.present('num_attention_heads', (name) => config.integer(name, 1, 4096)) ?? USUAL_HEADS;
  const headDim = queryRows / heads;
  if (!Number.isInteger(headDim) || headDim % 2 !== 0)
    throw config.error(
      'num_attention_heads',
      sentence`must divide the ${queryRows} rows of the queries into even heads`,
    );
  const kvHeads = keyRows / headDim;
  if (!Number.isInteger(kvHeads) || kvHeads === 0 || heads % kvHeads !== 0)
    throw config.error('num_attention_heads', sentence`does not fit keys of ${keyRows} rows`);
  agree(config, shapes.file, {
    num_hidden_layers: layers,
    hidden_size: dim,
    intermediate_size: hidden,
    vocab_size: vocab,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
  });
  refuseOtherKinds(config);
  return {
    ...{ layers, dim, heads, kvHeads, headDim, hidden, vocab },
    normEps: config.present('rms_norm_eps', (name) => config.number(name, 0, 1)) ?? defaults.normEps,
    ropeBase: ropeBase(config) ?? defaults.ropeBase,
    maxPositions: config.present('max_position_embeddings', (name) => config.integer(name, 1, 1 << 24)),
    biased: new Set(LINEARS.filter((name) => shapes.has(`${first}.${name}.bias`))),
  };
}

/**
 * The name of the output layer's matrix: its own, or the table of tokens where the config says that one matrix is both.
 * @param configs the parts of the config that may say so
 * @throws ModelError when there is no output layer
 */
export function outputLayerOf(
  shapes: TensorShapes,
  { head, prefix }: { readonly head: string; readonly prefix: string },
  configs: readonly Fields[],
): string {
  if (shapes.has(head)) return head;
  if (configs.some((config) => config.raw('tie_word_embeddings') === true))
    return `${prefix}embed_tokens.weight`;
  throw new ModelError(
    sentence`${shapes.file} has no tensor "${head}", the output layer, and "tie_word_embeddings" in config.json is not true; fetch the weights again.`,
  );
}

/** Checks that the config says nothing else than the tensors. @throws ModelError naming both files */
function agree(config: Fields, weights: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    const said = config.raw(name);
    if (said !== undefined && said !== null && said !== size)
      throw config.error(
        name,
        sentence`must be ${size}, as in ${weights}; fetch config and weights of one model`,
      );
  }
}

/** Rotary base. Newer configs have it in `rope_parameters`. */
function ropeBase(config: Fields): number | undefined {
  const read = (fields: Fields): number | undefined =>
    fields.present('rope_theta', (name) => fields.number(name, 1, 1e12));
  return read(config) ?? config.optional('rope_parameters', read);
}

/** Refuses models that look alike and compute something else. @throws ModelError */
function refuseOtherKinds(config: Fields): void {
  const activation = config.raw('hidden_act');
  if (activation !== undefined && activation !== 'silu')
    throw config.error('hidden_act', sentence`must be "silu"`);
  for (const name of ['rope_scaling', 'rope_parameters']) {
    const scaling = config.raw(name);
    if (scaling === undefined || scaling === null) continue;
    const kind = config.optional(name, (fields) => fields.raw('rope_type') ?? fields.raw('type'));
    if (kind !== undefined && kind !== 'default')
      throw config.error(
        name,
        sentence`must be of the type "default": other rotary positions are not computed`,
      );
  }
}
