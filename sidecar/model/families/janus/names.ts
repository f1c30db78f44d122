import type { TensorShapes } from '../../tensor-shapes';

/** A linear layer with bias: the names of its tensors begin with it. */
export type LinearName = string;

/** The names of Janus's tensors, after PyTorch's wrappers are taken off. */
export interface JanusNames {
  /** Stands before the language model's tensors. */
  readonly language: string;
  /** Table of the image tokens [codes, width]. */
  readonly imageTable: string;
  /** The layer that turns image tokens into hidden states, by number. GELU stands between two of them. */
  readonly aligner: (layer: number) => LinearName;
  /** The two layers from hidden states to logits. */
  readonly head: readonly [LinearName, LinearName];
}

/** The original release of DeepSeek. */
const ORIGINAL: JanusNames = {
  language: 'language_model.model.',
  imageTable: 'gen_embed.weight',
  aligner: (layer) => `gen_aligner.layers.${2 * layer}`,
  head: ['gen_head.output_mlp_projector', 'gen_head.vision_head'],
};

/** Hugging Face's conversion. */
const CONVERTED: JanusNames = {
  language: 'language_model.',
  imageTable: 'generation_embeddings.weight',
  aligner: (layer) =>
    layer === 0 ? 'generation_aligner.fc1' : `generation_aligner.hidden_layers.${layer - 1}`,
  head: ['generation_head.proj_out', 'generation_head.vision_head'],
};

/** The names in a checkpoint; undefined when it is no Janus. */
export function janusNames(shapes: TensorShapes): JanusNames | undefined {
  return [ORIGINAL, CONVERTED].find(
    ({ imageTable, head }) => shapes.has(imageTable) && shapes.has(`${head[1]}.weight`),
  );
}
