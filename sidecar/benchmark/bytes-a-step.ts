import { Checkpoint } from '../model/checkpoint';
import type { ExecutionOptions } from '../model/inference-session';
import { transformerMemory } from '../model/llamagen/transformer-memory';
import { cacheCapacity } from '../model/llamagen/transformer-graph';
import { feedForwardWidth, transformerTensors } from '../model/llamagen/transformer-weights';
import { transformerOf, type ModelFolder } from '../model/model-folder';
import { prefixLength } from '../model/model-manifest';

const FLOAT_BYTES = 4;

/**
 * Bytes that a step in the middle of a picture has to read however few tokens it has: the weights as they are computed with, and
 * the keys and values that are there, of both halves where there is guidance. Of the embedding table only the tokens' rows are read,
 * which is nothing.
 * @throws ModelError, WeightsError
 */
export async function bytesAStep(
  model: ModelFolder,
  { provider, precision = 'stored' }: ExecutionOptions,
  guidance: number,
): Promise<number> {
  const { folder, manifest } = model;
  const transformer = transformerOf(model);
  const [height, width] = manifest.grid;
  const shape = { ...transformer, grid: { height, width }, prefix: prefixLength(manifest.condition) };
  const hidden = feedForwardWidth(await Checkpoint.open(folder, transformer.weights), transformer.dim);
  const { weights, cache } = transformerMemory(shape, hidden);
  const embeddings = FLOAT_BYTES * shape.vocab * shape.dim;
  // The CPU widens float16 when it opens a model.
  const isHalved = precision === 'float16' && provider !== 'cpu';
  const saved = isHalved ? halfOfLinearLayers(transformerTensors(shape, hidden)) : 0;
  const read = weights[precision === 'float16' ? 'stored' : precision] - embeddings - saved;
  const there = (shape.prefix + Math.ceil((height * width) / 2)) / cacheCapacity(shape);
  return read + there * (guidance === 1 ? cache / 2 : cache);
}

function halfOfLinearLayers(tensors: ReturnType<typeof transformerTensors>): number {
  return tensors
    .filter(({ role }) => role !== 'other')
    .reduce((sum, { shape }) => sum + (FLOAT_BYTES / 2) * shape.reduce((a, b) => a * b, 1), 0);
}
