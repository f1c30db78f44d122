/** The tensors of the published models, by their published names. Sizes are the caller's. */
import type { LiteralConfig } from './literal-llama';
import type { RandomTensors } from './random-tensors';

/** Sizes of a language model. */
export interface LanguageSizes extends LiteralConfig {
  readonly dim: number;
  readonly hidden: number;
  readonly vocab: number;
  /** The linear layers of a block that have biases. Published models have none. */
  readonly biases?: 'none' | 'queries, keys and values' | 'all';
}

export function addLanguage(
  random: RandomTensors,
  sizes: LanguageSizes,
  headNormRows?: readonly [number, number],
): void {
  const { prefix, layers, heads, kvHeads, headDim, dim, hidden, vocab, biases = 'none' } = sizes;
  const linear = (name: string, out: number, inner: number): void => {
    const hasBias = biases === 'all' || (biases !== 'none' && /[qkv]_proj$/.test(name));
    if (hasBias) random.linear(name, out, inner);
    else random.matrix(`${name}.weight`, out, inner);
  };
  random.add(`${prefix}embed_tokens.weight`, [vocab, dim], 1);
  for (let layer = 0; layer < layers; layer++) {
    const block = `${prefix}layers.${layer}`;
    random.add(`${block}.input_layernorm.weight`, [dim], 0.3, 1);
    linear(`${block}.self_attn.q_proj`, heads * headDim, dim);
    linear(`${block}.self_attn.k_proj`, kvHeads * headDim, dim);
    linear(`${block}.self_attn.v_proj`, kvHeads * headDim, dim);
    for (const [i, name] of ['q_norm', 'k_norm'].entries()) {
      const rows = headNormRows?.[i];
      if (rows === undefined) continue;
      random.add(`${block}.self_attn.${name}.weight`, [rows, headDim], 0.5, 1);
      random.add(`${block}.self_attn.${name}.bias`, [rows, headDim], 0.5);
    }
    linear(`${block}.self_attn.o_proj`, dim, heads * headDim);
    random.add(`${block}.post_attention_layernorm.weight`, [dim], 0.3, 1);
    linear(`${block}.mlp.gate_proj`, hidden, dim);
    linear(`${block}.mlp.up_proj`, hidden, dim);
    linear(`${block}.mlp.down_proj`, dim, hidden);
  }
  random.add(`${prefix}norm.weight`, [dim], 0.3, 1);
}

/** How an image decoder's levels are called. */
export interface DecoderNames {
  readonly prefix: string;
  readonly middle: readonly [string, string, string];
  readonly block: (level: number, block: number) => string;
  readonly attention: (level: number, block: number) => string;
  readonly upsample: (level: number) => string;
}

export interface DecoderSizes {
  readonly codes: number;
  readonly codeDim: number;
  readonly zChannels: number;
  /** From the token grid up. */
  readonly widths: readonly number[];
  readonly blocks: number;
  /** Levels, counted from the token grid up, whose blocks are followed by attention. */
  readonly attending: readonly number[];
  readonly isSpatial: boolean;
}

export function addDecoder(random: RandomTensors, sizes: DecoderSizes, names: DecoderNames): void {
  const { codes, codeDim, zChannels, widths, blocks, attending, isSpatial } = sizes;
  const { prefix } = names;
  const decoder = `${prefix}decoder`;
  const norm = (name: string, channels: number): void => {
    if (!isSpatial) {
      random.norm(name, channels);
      return;
    }
    random.norm(`${name}.norm_layer`, channels);
    random.conv(`${name}.conv_y`, channels, codeDim, 1, 1);
    random.conv(`${name}.conv_b`, channels, codeDim, 1, 1);
  };
  const residual = (name: string, from: number, to: number): void => {
    norm(`${name}.norm1`, from);
    random.conv(`${name}.conv1`, to, from, 3, 3);
    norm(`${name}.norm2`, to);
    random.conv(`${name}.conv2`, to, to, 3, 3);
    if (from !== to) random.conv(`${name}.nin_shortcut`, to, from, 1, 1);
  };
  const attention = (name: string, channels: number): void => {
    norm(`${name}.norm`, channels);
    for (const part of ['q', 'k', 'v', 'proj_out']) random.conv(`${name}.${part}`, channels, channels, 1, 1);
  };
  let width = widths[0] ?? 32;
  random.add(`${prefix}quantize.embedding.weight`, [codes, codeDim], 1);
  if (!isSpatial) random.conv(`${prefix}post_quant_conv`, zChannels, codeDim, 1, 1);
  random.conv(`${decoder}.conv_in`, width, zChannels, 3, 3);
  residual(`${decoder}.${names.middle[0]}`, width, width);
  attention(`${decoder}.${names.middle[1]}`, width);
  residual(`${decoder}.${names.middle[2]}`, width, width);
  for (const [level, out] of widths.entries()) {
    for (let block = 0; block < blocks; block++) {
      residual(`${decoder}.${names.block(level, block)}`, width, out);
      width = out;
      if (attending.includes(level)) attention(`${decoder}.${names.attention(level, block)}`, width);
    }
    if (level < widths.length - 1) random.conv(`${decoder}.${names.upsample(level)}`, width, width, 3, 3);
  }
  norm(`${decoder}.norm_out`, width);
  random.conv(`${decoder}.conv_out`, 3, width, 3, 3);
}

/** VQGAN's names. Its level 0 has the most pixels. */
export function vqganNames(levels: number): DecoderNames {
  const up = (level: number): string => `up.${levels - 1 - level}`;
  return {
    prefix: '',
    middle: ['mid.block_1', 'mid.attn_1', 'mid.block_2'],
    block: (level, block) => `${up(level)}.block.${block}`,
    attention: (level, block) => `${up(level)}.attn.${block}`,
    upsample: (level) => `${up(level)}.upsample.conv`,
  };
}

/** The names of VQ-16 in Janus. Its level 0 has the fewest pixels. */
export const JANUS_DECODER: DecoderNames = {
  prefix: 'gen_vision_model.',
  middle: ['mid.0', 'mid.1', 'mid.2'],
  block: (level, block) => `conv_blocks.${level}.res.${block}`,
  attention: (level, block) => `conv_blocks.${level}.attn.${block}`,
  upsample: (level) => `conv_blocks.${level}.upsample.conv`,
};

/** Sizes of the image side of Janus. */
export interface JanusImageSizes {
  readonly codes: number;
  readonly tableWidth: number;
  readonly headWidth: number;
  readonly dim: number;
}

export function addJanusImageSide(
  random: RandomTensors,
  { codes, tableWidth, headWidth, dim }: JanusImageSizes,
): void {
  random.add('gen_embed.weight', [codes, tableWidth], 1);
  random.linear('gen_aligner.layers.0', dim, tableWidth);
  random.linear('gen_aligner.layers.2', dim, dim);
  random.linear('gen_head.output_mlp_projector', headWidth, dim);
  random.linear('gen_head.vision_head', codes, headWidth);
}

/** What Emu3's vision tokenizer computes in time: two residual blocks and two doublings. */
export function addTemporalStack(vision: RandomTensors): void {
  vision.conv('post_quant_conv.conv', 4, 4, 3, 1, 1);
  for (let block = 0; block < 2; block++) {
    for (const part of [1, 2]) {
      const name = `decoder.time_res_stack.${block}`;
      vision.norm(`${name}.norm${part}`, 4);
      vision.add(`${name}.norm${part}.running_mean`, [4], 0.5);
      vision.add(`${name}.norm${part}.running_var`, [4], 0.5, 1);
      vision.conv(`${name}.conv${part}.conv`, 4, 4, 3, 3, 3);
    }
  }
  for (let doubling = 0; doubling < 2; doubling++)
    vision.conv(`decoder.time_conv.${doubling}.conv.conv`, 4, 4, 3, 3, 3);
}
