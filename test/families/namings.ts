/** The published names of tensors, as the golden data's own page lists them. Written apart from the program's tables. */
import { renamed, type SmallTensor, type Tensors } from './tensors';

type Rule = readonly [from: RegExp, to: string];

function byRules(rules: readonly Rule[]): (name: string) => string {
  return (name) => {
    for (const [from, to] of rules) if (from.test(name)) return name.replace(from, to);
    return name;
  };
}

/** Janus as DeepSeek publishes it -> as Hugging Face converts it. */
export function janusConverted(original: Tensors): Tensors {
  const vq = 'model.vqmodel.';
  return renamed(
    original,
    byRules([
      [/^language_model\.model\./, 'model.language_model.'],
      [/^language_model\.lm_head/, 'lm_head'],
      [/^gen_embed/, 'model.generation_embeddings'],
      [/^gen_aligner\.layers\.0/, 'model.generation_aligner.fc1'],
      [/^gen_aligner\.layers\.2/, 'model.generation_aligner.hidden_layers.0'],
      [/^gen_head\.output_mlp_projector/, 'model.generation_head.proj_out'],
      [/^gen_head\.vision_head/, 'model.generation_head.vision_head'],
      [/^gen_vision_model\.decoder\.mid\.0/, `${vq}decoder.mid.block_1`],
      [/^gen_vision_model\.decoder\.mid\.1/, `${vq}decoder.mid.attn_1`],
      [/^gen_vision_model\.decoder\.mid\.2/, `${vq}decoder.mid.block_2`],
      [/^gen_vision_model\.decoder\.conv_blocks\.(\d+)\.res/, `${vq}decoder.up.$1.block`],
      [/^gen_vision_model\.decoder\.conv_blocks/, `${vq}decoder.up`],
      [/^gen_vision_model\./, vq],
    ]),
  );
}

/** Emu3's language model as published -> as converted for publication. */
export function emu3Published(original: Tensors): Tensors {
  return renamed(original, (name) => `text_model.${name}`);
}

/** Emu3's language model as published -> as current transformers save it. */
export function emu3Current(original: Tensors): Tensors {
  return renamed(original, (name) =>
    name.startsWith('model.') ? name.replace('model.', 'model.text_model.') : name,
  );
}

/** Emu3's vision tokenizer as published -> as converted. @param prefix `vqmodel.` or `model.vqmodel.` */
export function emu3VisionConverted(original: Tensors, prefix: string): Tensors {
  const projected = (name: string): string =>
    name.replace(/\.(q|k|v)\.(weight|bias)$/, '.$1_proj.$2').replace(/\.proj_out\./, '.out_proj.');
  const named = renamed(original, (name) => {
    const converted = name
      .replace('.mid.attn_1.norm.', '.middle_block.attn_norm.')
      .replace(/\.mid\./, '.middle_block.')
      .replace(/\.up\.(\d+)\.attn\.(\d+)\.norm\./, '.up_block.up.$1.attn_norms.$2.')
      .replace(/decoder\.up\./, 'decoder.up_block.up.')
      .replace(/\.down\.(\d+)\.attn\.(\d+)\.norm\./, '.down_block.down.$1.attn_norms.$2.')
      .replace(/encoder\.down\./, 'encoder.down_block.down.');
    return (
      prefix +
      (converted.includes('attn') && !converted.includes('attn_norm') ? projected(converted) : converted)
    );
  });
  return new Map([...named].map(([name, tensor]) => [name, isProjection(name) ? asMatrix(tensor) : tensor]));
}

function isProjection(name: string): boolean {
  return /\.(?:q|k|v|out)_proj\.weight$/.test(name);
}

function asMatrix(tensor: SmallTensor): SmallTensor {
  return { ...tensor, shape: tensor.shape.slice(0, 2) };
}
