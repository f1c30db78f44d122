import type { TensorShapes } from '../tensor-shapes';

/** How the tensors of an image tokenizer are called in a checkpoint. */
export type DecoderNaming =
  'vq-16' | 'janus' | 'janus-converted' | 'maskgit' | 'chameleon' | 'emu3' | 'emu3-converted';

/** What a naming implies. The names below are those after PyTorch's wrappers are taken off. */
interface NamingRules {
  /** Stands before every name. */
  readonly prefix: string;
  /** Whether level 0 has the fewest pixels. Otherwise level 0 has the most. */
  readonly lowestFirst: boolean;
  /** Replacements that turn VQGAN's name into the checkpoint's, applied in this order. */
  readonly replacements: readonly (readonly [RegExp, string])[];
}

/** Names of VQ-16 where they differ from VQGAN's. */
const VQ16_NAMES: NamingRules['replacements'] = [
  [/^(encoder|decoder)\.mid\.block_1\b/, '$1.mid.0'],
  [/^(encoder|decoder)\.mid\.attn_1\b/, '$1.mid.1'],
  [/^(encoder|decoder)\.mid\.block_2\b/, '$1.mid.2'],
  [/^decoder\.up\.(\d+)\.block\b/, 'decoder.conv_blocks.$1.res'],
  [/^decoder\.up\b/, 'decoder.conv_blocks'],
  [/^encoder\.down\.(\d+)\.block\b/, 'encoder.conv_blocks.$1.res'],
  [/^encoder\.down\b/, 'encoder.conv_blocks'],
];

/** Names of Emu3's vision tokenizer in Hugging Face's form. */
const EMU3_CONVERTED_NAMES: NamingRules['replacements'] = [
  [/^(encoder|decoder)\.mid\.attn_1\.norm\b/, '$1.middle_block.attn_norm'],
  [/^(encoder|decoder)\.mid\b/, '$1.middle_block'],
  [/^decoder\.up\.(\d+)\.attn\.(\d+)\.norm\b/, 'decoder.up_block.up.$1.attn_norms.$2'],
  [/^decoder\.up\b/, 'decoder.up_block.up'],
  [/^encoder\.down\.(\d+)\.attn\.(\d+)\.norm\b/, 'encoder.down_block.down.$1.attn_norms.$2'],
  [/^encoder\.down\b/, 'encoder.down_block.down'],
  [/\.(q|k|v)\.(weight|bias)$/, '.$1_proj.$2'],
  [/\.proj_out\.(weight|bias)$/, '.out_proj.$1'],
];

/** Names of MaskGIT's VQGAN where they differ from VQGAN's. Its middle part has no attention. */
const MASKGIT_NAMES: NamingRules['replacements'] = [
  [/^decoder\.mid\.block_1\b/, 'decoder.mid.0'],
  [/^decoder\.mid\.block_2\b/, 'decoder.mid.1'],
  [/\.upsample\.conv\b/, '.upsample_conv'],
];

/** The namings, each before those that would take its checkpoints for their own. */
const RULES: Readonly<Record<DecoderNaming, NamingRules>> = {
  'vq-16': { prefix: '', lowestFirst: true, replacements: VQ16_NAMES },
  janus: { prefix: 'gen_vision_model.', lowestFirst: true, replacements: VQ16_NAMES },
  'janus-converted': { prefix: 'vqmodel.', lowestFirst: true, replacements: [] },
  maskgit: { prefix: '', lowestFirst: false, replacements: MASKGIT_NAMES },
  chameleon: { prefix: '', lowestFirst: false, replacements: [] },
  emu3: { prefix: '', lowestFirst: false, replacements: [] },
  'emu3-converted': { prefix: 'vqmodel.', lowestFirst: false, replacements: EMU3_CONVERTED_NAMES },
};

/**
 * A tensor's name in the checkpoint.
 * @param name in VQGAN's form, such as `decoder.up.0.block.0.conv1.weight`
 */
export function nameInCheckpoint(naming: DecoderNaming, name: string): string {
  const { prefix, replacements } = RULES[naming];
  return prefix + replacements.reduce((text, [pattern, by]) => text.replace(pattern, by), name);
}

/** The number that the checkpoint gives a level. @param fromLowest 0 for the level with the fewest pixels */
export function levelNumber(naming: DecoderNaming, fromLowest: number, levels: number): number {
  return RULES[naming].lowestFirst ? fromLowest : levels - 1 - fromLowest;
}

/** The naming of the image decoder in a checkpoint; undefined when the checkpoint holds no image decoder. */
export function findDecoderNaming(shapes: TensorShapes): DecoderNaming | undefined {
  const all = Object.keys(RULES) as DecoderNaming[];
  return all.find((naming) => {
    const has = (name: string): boolean => shapes.has(nameInCheckpoint(naming, name));
    if (!has('quantize.embedding.weight') || !has('decoder.up.0.block.0.conv1.weight')) return false;
    if (naming === 'maskgit' && !has('decoder.mid.block_1.conv1.weight')) return false;
    const isSpatial = has('decoder.norm_out.norm_layer.weight');
    if (isSpatial !== naming.startsWith('emu3')) return false;
    // VQGAN and Hugging Face's Janus have the same names. The level with the most pixels is not enlarged.
    if (!has('decoder.up.1.block.0.conv1.weight')) return true;
    return has('decoder.up.0.upsample.conv.weight') === RULES[naming].lowestFirst;
  });
}

/** Whether a checkpoint holds an image decoder whose tensors have one of these namings. */
export function holdsDecoder(shapes: TensorShapes, namings: readonly DecoderNaming[]): boolean {
  const naming = findDecoderNaming(shapes);
  return naming !== undefined && namings.includes(naming);
}

/** The naming of the image encoder in a checkpoint; undefined when the checkpoint holds none after VQGAN. */
export function findEncoderNaming(shapes: TensorShapes): DecoderNaming | undefined {
  const all = Object.keys(RULES) as DecoderNaming[];
  return all.find((naming) => {
    // MaskGIT's encoder has other blocks and no attention. Its names for an encoder are VQGAN's, so it would take any.
    if (naming === 'maskgit') return false;
    const has = (name: string): boolean => shapes.has(nameInCheckpoint(naming, name));
    const isInTime = has('encoder.time_res_stack.0.conv1.conv.weight');
    return isInTime === naming.startsWith('emu3') && ENCODER_TENSORS.every(has);
  });
}

/** Tensors that every image encoder after VQGAN has. */
const ENCODER_TENSORS = [
  'quantize.embedding.weight',
  'encoder.down.0.block.0.conv1.weight',
  'encoder.mid.attn_1.q.weight',
];
