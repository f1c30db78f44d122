import { Checkpoint } from '../model/checkpoint';
import { transformerMemory, type TransformerMemory } from '../model/llamagen/transformer-memory';
import { feedForwardWidth } from '../model/llamagen/transformer-weights';
import { weightBytes, type ModelFolder } from '../model/model-folder';
import { DTYPE_BYTES } from '../model/weights/tensor-location';
import { prefixLength, type TransformerManifest } from '../model/model-manifest';
import type { WeightPrecision } from '../protocol';

/** Bytes that a run takes at least. */
export interface MemoryNeed {
  readonly weights: number;
  /** Keys and values of every position; with guidance, those of both halves. */
  readonly cache: number;
}

/** The memory that a run of the model needs. @throws ModelError, WeightsError when a weight file is missing or damaged */
export async function memoryNeed(
  model: ModelFolder,
  precision: WeightPrecision,
  guidance: number,
): Promise<MemoryNeed> {
  const { transformer } = model.manifest;
  if (!transformer) return { weights: await weightBytes(model), cache: 0 };
  const { weights, cache } = await transformerMemoryOf(model, transformer);
  return {
    weights: weights[precision === 'float16' ? 'stored' : precision],
    cache: guidance === 1 ? cache / 2 : cache,
  };
}

/** The memory of a transformer whose weights lie on the disk. @throws ModelError, WeightsError */
export async function transformerMemoryOf(
  { folder, manifest }: ModelFolder,
  transformer: TransformerManifest,
): Promise<TransformerMemory> {
  const [height, width] = manifest.grid;
  const shape = { ...transformer, grid: { height, width }, prefix: prefixLength(manifest.condition) };
  const checkpoint = await Checkpoint.open(folder, transformer.weights);
  const { dtype } = checkpoint.tensor('tok_embeddings.weight', [shape.vocab, shape.dim]);
  return transformerMemory(shape, feedForwardWidth(checkpoint, shape.dim), DTYPE_BYTES[dtype]);
}
