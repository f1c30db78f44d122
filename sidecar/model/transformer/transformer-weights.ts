import path from 'node:path';
import { cacheFolder } from '../../files/cache-folder';
import type { WeightPrecision } from '../../protocol';
import type { TransformerWeights } from '../blocks/transformer-graph';
import { Checkpoint, type WeightSource } from '../checkpoint';
import type { TransformerDescription, TransformerPart, TransformerTensor } from '../family';
import { checkFloat16 } from '../precision/float16-support';
import { blockLayer, float16Layer, float32Layer, type LinearLayer } from '../precision/linear-layer';
import { inParts, rowBytes } from '../precision/linear-parts';
import { packedWeights } from '../precision/packed-weights';
import type { PackingListener } from '../precision/packing-listener';
import { blockBits, planPacking, type PackedPrecision } from '../precision/packing-plan';
import { RowRanges } from './row-ranges';
import type { ExecutionOptions } from '../../runtime/runtime';

/** A transformer whose checkpoint is open: only the headers have been read. */
export interface DescribedTransformer {
  readonly description: TransformerDescription;
  readonly source: WeightSource;
}

/** Opens a transformer's checkpoint and describes the transformer over it. @throws ModelError, WeightsError */
export async function openDescription(folder: string, part: TransformerPart): Promise<DescribedTransformer> {
  const checkpoint = await Checkpoint.open(folder, part.weights, part.describedBy);
  const description = part.describe(checkpoint);
  return { description, source: new RowRanges(checkpoint, description.tensors) };
}

/**
 * The weights of a transformer in the requested precision. If the checkpoint is stored in that precision, it is used in
 * place. Otherwise the weights are packed into the cache, which may take minutes the first time.
 *
 * @throws ModelError, WeightsError, PrecisionError, PackingCancelled
 */
export async function openTransformerWeights(
  { description: { tensors }, source }: DescribedTransformer,
  execution: ExecutionOptions,
  listener: PackingListener,
): Promise<TransformerWeights> {
  const { precision = 'stored', tensorBytes } = execution;
  const wholeLayer = linearLayerOf(precision, execution.provider);
  const linearLayer =
    tensorBytes === undefined
      ? wholeLayer
      : inParts(wholeLayer, tensorBytes, (inner) => rowBytes(precision, inner));
  if (wholeLayer === float16Layer) await checkFloat16(source.folder, execution);
  if (precision === 'stored' || isStoredAs(precision, tensors, source)) return { source, linearLayer };
  const plan = await planPacking(tensors, source, precision);
  const file = await packedWeights(plan, path.join(cacheFolder(), 'packed'), listener);
  return { source: await Checkpoint.openPacked(file), linearLayer };
}

function isStoredAs(
  precision: PackedPrecision,
  tensors: readonly TransformerTensor[],
  source: WeightSource,
): boolean {
  if (precision !== 'float16') return false;
  const linear = tensors.filter(({ role }) => role === 'linear' || role === 'output');
  return linear.every(({ name, shape }) => source.tensor(name, shape).dtype === 'F16');
}

function linearLayerOf(precision: WeightPrecision, provider: string): LinearLayer {
  switch (precision) {
    case 'stored':
      return float32Layer;
    case 'float16':
      // The CPU provider has no float16 product. ONNX Runtime widens the weights once, when the model is opened.
      return provider === 'cpu' ? float32Layer : float16Layer;
    case 'int8':
    case 'int4':
      return blockLayer(() => blockBits(precision));
  }
}
