import type { TensorShapes } from '../../tensor-shapes';
import type { WeightFileFacts } from '../../family';

/** The names of Emu3's language model, after PyTorch's wrappers are taken off. */
export interface Emu3Names {
  /** Stands before the layers, the table and the last norm. */
  readonly prefix: string;
  readonly head: string;
}

const NAMINGS: readonly Emu3Names[] = [
  // BAAI/Emu3-Gen
  { prefix: '', head: 'lm_head.weight' },
  // BAAI/Emu3-Gen-hf as published
  { prefix: 'text_model.model.', head: 'text_model.lm_head.weight' },
  // The same, as Hugging Face's transformers of version 5 save it.
  { prefix: 'text_model.', head: 'lm_head.weight' },
];

/** The names in a checkpoint; undefined when it holds no language model of that kind. The output layer may be missing. */
export function emu3Names(shapes: TensorShapes): Emu3Names | undefined {
  const found = NAMINGS.filter(({ prefix }) => shapes.has(`${prefix}layers.0.self_attn.q_proj.weight`));
  return found.find(({ head }) => shapes.has(head)) ?? found[0];
}

/** Whether a config says that it is Emu3's. Many language models have the same names of tensors. */
export function isEmu3Config(config: WeightFileFacts['config']): boolean {
  if (typeof config !== 'object' || config === null) return false;
  const { model_type: type, architectures } = config as Readonly<Record<string, unknown>>;
  const names: readonly unknown[] = [
    type,
    ...(Array.isArray(architectures) ? (architectures as unknown[]) : []),
  ];
  return names.some((name) => typeof name === 'string' && /^emu3(?:$|for)/i.test(name));
}
