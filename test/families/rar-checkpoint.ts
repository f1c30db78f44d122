/** The tensors of RAR and of its image decoder, by their published names. Sizes are the caller's. */
import { RandomTensors } from './random-tensors';
import type { Tensors } from './tensors';

/** Sizes of a small RAR. */
export interface RarSizes {
  readonly layers: number;
  readonly heads: number;
  readonly headDim: number;
  readonly hidden: number;
  readonly codes: number;
  readonly classes: number;
  /** Tokens of a picture for which there are positions. */
  readonly cells: number;
}

/** A random transformer. Its weights are large enough that every fact about the model changes its logits. */
export function rarTensors(seed: number, sizes: RarSizes): Tensors {
  const { layers, heads, headDim, hidden, codes, classes, cells } = sizes;
  const random = new RandomTensors(seed, 'F32');
  const dim = heads * headDim;
  random.add('cls_token', [1, 1, dim], 1);
  random.add('embeddings.weight', [codes + 1 + classes + 1, dim], 1);
  // The published tables have 1024 and 100 rows more than a picture has tokens.
  random.add('pos_embed', [1, cells + 11, dim], 0.6);
  random.add('target_aware_pos_embed', [1, cells + 11, dim], 0.6);
  random.add('timesteps_embeddings', [1, cells + 7, dim], 0.6);
  for (let layer = 0; layer < layers; layer++) {
    const block = `blocks.${layer}`;
    random.linear(`${block}.adaLN_modulation.1`, 6 * dim, dim);
    random.norm(`${block}.norm1`, dim);
    random.linear(`${block}.attn.qkv`, 3 * dim, dim);
    random.norm(`${block}.attn.q_norm`, headDim);
    random.norm(`${block}.attn.k_norm`, headDim);
    random.linear(`${block}.attn.proj`, dim, dim);
    random.norm(`${block}.norm2`, dim);
    random.linear(`${block}.mlp.fc1`, hidden, dim);
    random.linear(`${block}.mlp.fc2`, dim, hidden);
  }
  random.linear('adaln_before_head.adaLN_modulation.1', 2 * dim, dim);
  random.linear('lm_head', codes, dim);
  return random.tensors;
}

/** A random image decoder. @param widths channels of its levels, from the token grid up */
export function maskgitTensors(
  seed: number,
  codes: number,
  codeDim: number,
  widths: readonly number[],
): Tensors {
  const random = new RandomTensors(seed, 'F32');
  const kernel = (name: string, out: number, inner: number, side: number): void => {
    random.add(`${name}.weight`, [out, inner, side, side], Math.sqrt(3 / (inner * side * side)));
  };
  const residual = (name: string, from: number, to: number): void => {
    random.norm(`${name}.norm1`, from);
    kernel(`${name}.conv1`, to, from, 3);
    random.norm(`${name}.norm2`, to);
    kernel(`${name}.conv2`, to, to, 3);
    if (from !== to) kernel(`${name}.nin_shortcut`, to, to, 1);
  };
  let width = widths[0] ?? 32;
  random.add('quantize.embedding.weight', [codes, codeDim], 1);
  random.conv('encoder.conv_in', 32, 3, 3, 3); // the published file has the encoder, too
  random.conv('decoder.conv_in', width, codeDim, 3, 3);
  for (const block of [0, 1]) residual(`decoder.mid.${block}`, width, width);
  for (const [fromLowest, out] of widths.entries()) {
    const level = `decoder.up.${widths.length - 1 - fromLowest}`;
    for (const block of [0, 1]) {
      residual(`${level}.block.${block}`, width, out);
      width = out;
    }
    if (fromLowest < widths.length - 1) random.conv(`${level}.upsample_conv`, width, width, 3, 3);
  }
  random.norm('decoder.norm_out', width);
  random.conv('decoder.conv_out', 3, width, 3, 3);
  return random.tensors;
}
