import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Shape of a LlamaGen transformer whose weights are all zero. */
export interface SparseModel {
  readonly dim: number;
  readonly layers: number;
  /** Condition positions: a long prefix makes the prompt's pass slow. */
  readonly prefix: number;
}

/**
 * Writes a model folder of real size that takes no room on the disk: the weight file is a header and a hole. Computing
 * with zeros takes as long as with anything else, which is all that a test of responsiveness needs.
 */
export async function writeSparseModel(folder: string, { dim, layers, prefix }: SparseModel): Promise<void> {
  const hidden = 4 * dim;
  const vocab = 64;
  const captionDim = 8;
  const shapes: [string, number[]][] = [
    ['cls_embedding.uncond_embedding', [prefix, captionDim]],
    ['cls_embedding.cap_proj.fc1.weight', [dim, captionDim]],
    ['cls_embedding.cap_proj.fc2.weight', [dim, dim]],
    ['tok_embeddings.weight', [vocab, dim]],
    ...Array.from({ length: layers }, (_, layer): [string, number[]][] => [
      [`layers.${layer}.attention.wqkv.weight`, [3 * dim, dim]],
      [`layers.${layer}.attention.wo.weight`, [dim, dim]],
      [`layers.${layer}.feed_forward.w1.weight`, [hidden, dim]],
      [`layers.${layer}.feed_forward.w3.weight`, [hidden, dim]],
      [`layers.${layer}.feed_forward.w2.weight`, [dim, hidden]],
      [`layers.${layer}.attention_norm.weight`, [dim]],
      [`layers.${layer}.ffn_norm.weight`, [dim]],
    ]).flat(),
    ['norm.weight', [dim]],
    ['output.weight', [vocab, dim]],
  ];
  await mkdir(folder, { recursive: true });
  await writeSafetensorsHole(path.join(folder, 'model.safetensors'), shapes);
  await writeSafetensorsHole(path.join(folder, 'caption.safetensors'), [
    ['caption_emb', [prefix, captionDim]],
    ['emb_mask', [prefix]],
  ]);
  const manifest = {
    format: 'zipar-model',
    version: 1,
    name: 'sparse',
    family: 'llamagen',
    grid: [8, 8],
    transformer: {
      weights: 'model.safetensors',
      layers,
      dim,
      heads: dim / 64,
      kvHeads: dim / 64,
      vocab,
      ropeBase: 10000,
      normEps: 1e-5,
    },
    condition: { kind: 'caption-embedding', tokens: prefix, dim: captionDim },
  };
  await writeFile(path.join(folder, 'zipar-model.json'), JSON.stringify(manifest));
}

async function writeSafetensorsHole(
  file: string,
  shapes: readonly [string, readonly number[]][],
): Promise<void> {
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of shapes) {
    const bytes = 4 * shape.reduce((product, length) => product * length, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const handle = await open(file, 'w');
  try {
    await handle.write(Buffer.concat([length, json]));
    await handle.truncate(8 + json.length + offset);
  } finally {
    await handle.close();
  }
}
