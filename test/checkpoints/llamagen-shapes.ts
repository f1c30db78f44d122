/** Name and shape of a tensor. */
export type NamedShape = readonly [name: string, shape: readonly number[]];

/** Sizes of a LlamaGen transformer. Missing fields have the values of the published models. */
export interface TransformerSize {
  readonly layers: number;
  readonly dim: number;
  readonly heads: number;
  readonly kvHeads?: number;
  /** Width of the feed-forward layer. */
  readonly hidden?: number;
  readonly vocab?: number;
  /** A class table for this many classes and the null class, or an empty caption [tokens, dim]. */
  readonly condition?:
    { readonly classes: number } | { readonly tokens: number; readonly captionDim: number };
}

/** The published transformers. */
export const TRANSFORMER_SIZES = {
  B: { layers: 12, dim: 768, heads: 12, hidden: 2048 },
  L: { layers: 24, dim: 1024, heads: 16, hidden: 2816 },
  XL: { layers: 36, dim: 1280, heads: 20, hidden: 3584 },
  XXL: { layers: 48, dim: 1536, heads: 24, hidden: 4096 },
  '3B': { layers: 24, dim: 3200, heads: 32, hidden: 8704 },
} as const satisfies Record<string, TransformerSize>;

/** The tensors of a LlamaGen transformer, in the published order and names. */
export function transformerShapes({
  layers,
  dim,
  heads,
  kvHeads = heads,
  hidden = 4 * dim,
  vocab = 16384,
  condition = { classes: 1000 },
}: TransformerSize): NamedShape[] {
  const embedding: NamedShape[] =
    'classes' in condition
      ? [['cls_embedding.embedding_table.weight', [condition.classes + 1, dim]]]
      : [
          ['cls_embedding.uncond_embedding', [condition.tokens, condition.captionDim]],
          ['cls_embedding.cap_proj.fc1.weight', [dim, condition.captionDim]],
          ['cls_embedding.cap_proj.fc2.weight', [dim, dim]],
        ];
  const blocks = Array.from({ length: layers }, (_, layer): NamedShape[] => [
    [`layers.${layer}.attention.wqkv.weight`, [dim + (2 * kvHeads * dim) / heads, dim]],
    [`layers.${layer}.attention.wo.weight`, [dim, dim]],
    [`layers.${layer}.feed_forward.w1.weight`, [hidden, dim]],
    [`layers.${layer}.feed_forward.w3.weight`, [hidden, dim]],
    [`layers.${layer}.feed_forward.w2.weight`, [dim, hidden]],
    [`layers.${layer}.attention_norm.weight`, [dim]],
    [`layers.${layer}.ffn_norm.weight`, [dim]],
  ]);
  return [
    ...embedding,
    ['tok_embeddings.weight', [vocab, dim]],
    ...blocks.flat(),
    ['norm.weight', [dim]],
    ['output.weight', [vocab, dim]],
  ];
}

/** Sizes of a VQ image tokenizer. Missing fields have the values of the published ones. */
export interface VqSize {
  readonly codebookSize?: number;
  readonly codebookDim?: number;
  readonly channels?: number;
  /** Channel multipliers from the full resolution down: 1,1,2,2,4 for VQ-16, 1,2,2,4 for VQ-8. */
  readonly channelMultipliers?: readonly number[];
  readonly resBlocks?: number;
  readonly zChannels?: number;
}

/** The tensors of a VQ image decoder and its codebook, in the published names. */
export function vqShapes({
  codebookSize = 16384,
  codebookDim = 8,
  channels = 128,
  channelMultipliers = [1, 1, 2, 2, 4],
  resBlocks = 2,
  zChannels = 256,
}: VqSize = {}): NamedShape[] {
  const widths = channelMultipliers.map((multiplier) => channels * multiplier).reverse();
  const lowest = widths[0] ?? channels;
  const conv = (name: string, from: number, to: number, kernel: number): NamedShape[] => [
    [`${name}.weight`, [to, from, kernel, kernel]],
    [`${name}.bias`, [to]],
  ];
  const norm = (name: string, width: number): NamedShape[] => [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
  const residual = (name: string, from: number, to: number): NamedShape[] => [
    ...norm(`${name}.norm1`, from),
    ...conv(`${name}.conv1`, from, to, 3),
    ...norm(`${name}.norm2`, to),
    ...conv(`${name}.conv2`, to, to, 3),
    ...(from === to ? [] : conv(`${name}.nin_shortcut`, from, to, 1)),
  ];
  const attention = (name: string, width: number): NamedShape[] => [
    ...norm(`${name}.norm`, width),
    ...['q', 'k', 'v', 'proj_out'].flatMap((part) => conv(`${name}.${part}`, width, width, 1)),
  ];
  const blocks = widths.flatMap((width, level) => {
    const block = `decoder.conv_blocks.${level}`;
    const before = widths[level - 1] ?? width;
    const count = Array.from({ length: resBlocks + 1 }, (_, i) => i);
    return [
      ...count.flatMap((i) => residual(`${block}.res.${i}`, i === 0 ? before : width, width)),
      ...(level === 0 ? count.flatMap((i) => attention(`${block}.attn.${i}`, width)) : []),
      ...(level < widths.length - 1 ? conv(`${block}.upsample.conv`, width, width, 3) : []),
    ];
  });
  const top = widths.at(-1) ?? channels;
  return [
    ['quantize.embedding.weight', [codebookSize, codebookDim]],
    ...conv('post_quant_conv', codebookDim, zChannels, 1),
    ...conv('decoder.conv_in', zChannels, lowest, 3),
    ...residual('decoder.mid.0', lowest, lowest),
    ...attention('decoder.mid.1', lowest),
    ...residual('decoder.mid.2', lowest, lowest),
    ...blocks,
    ...norm('decoder.norm_out', top),
    ...conv('decoder.conv_out', top, 3, 3),
  ];
}
