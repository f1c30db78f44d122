import type { TransformerPart } from '../model/family';
import { weightBytes, type ModelFolder } from '../model/model-folder';
import { transformerMemory, type TransformerMemory } from '../model/transformer/transformer-memory';
import { openDescription } from '../model/transformer/transformer-weights';
import type { WeightPrecision } from '../protocol';

/** The least memory for a run, in bytes. */
export interface MemoryNeed {
  readonly weights: number;
  /** The keys and values of every position. With guidance, they are those of both halves. */
  readonly cache: number;
}

/** The memory that a run of the model needs. @throws ModelError, WeightsError when a weight file is missing or damaged */
export async function memoryNeed(
  model: ModelFolder,
  precision: WeightPrecision,
  guidance: number,
): Promise<MemoryNeed> {
  const { transformer } = model;
  if (!transformer) return { weights: await weightBytes(model), cache: 0 };
  const { weights, cache } = await transformerMemoryOf(model, transformer);
  return {
    weights: weights[precision === 'float16' ? 'stored' : precision],
    cache: guidance === 1 ? cache / 2 : cache,
  };
}

/** The memory that a transformer will need, computed from its files. @throws ModelError, WeightsError */
export async function transformerMemoryOf(
  { folder }: ModelFolder,
  transformer: TransformerPart,
): Promise<TransformerMemory> {
  const { description, source } = await openDescription(folder, transformer);
  return transformerMemory(description, source);
}
