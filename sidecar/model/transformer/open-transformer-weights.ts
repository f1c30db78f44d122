import path from 'node:path';
import { cacheFolder } from '../../files/cache-folder';
import type { WeightPrecision } from '../../protocol';
import { Checkpoint } from '../checkpoint';
import type { ExecutionOptions } from '../inference-session';
import { checkFloat16 } from '../precision/float16-support';
import { blockLayer, float16Layer, float32Layer, type LinearLayer } from '../precision/linear-layer';
import { packedWeights } from '../precision/packed-weights';
import type { PackingListener } from '../precision/packing-listener';
import { blockBits, planPacking, type PackedPrecision } from '../precision/packing-plan';
import type { TransformerShape } from './transformer-graph';
import {
  feedForwardWidth,
  transformerTensors,
  type TransformerTensor,
  type TransformerWeights,
} from './transformer-weights';

/**
 * The weights of a transformer in the requested precision. If the checkpoint is stored in that precision, it is used in
 * place. Otherwise the weights are packed into the cache, which may take minutes the first time.
 *
 * @throws ModelError, WeightsError, PrecisionError, PackingCancelled
 */
export async function openTransformerWeights(
  shape: TransformerShape,
  checkpoint: Checkpoint,
  execution: ExecutionOptions,
  listener: PackingListener,
): Promise<TransformerWeights> {
  const { precision = 'stored' } = execution;
  const hidden = feedForwardWidth(checkpoint, shape.dim);
  const linearLayer = linearLayerOf(precision, execution.provider);
  if (linearLayer === float16Layer) await checkFloat16(checkpoint.folder, execution);
  const tensors = transformerTensors(shape, hidden);
  if (precision === 'stored' || isStoredAs(precision, tensors, checkpoint))
    return { checkpoint, hidden, linearLayer };
  const plan = await planPacking(tensors, checkpoint, precision);
  const file = await packedWeights(plan, path.join(cacheFolder(), 'packed'), listener);
  return {
    checkpoint: await Checkpoint.openPacked(file),
    hidden,
    linearLayer,
  };
}

function isStoredAs(
  precision: PackedPrecision,
  tensors: readonly TransformerTensor[],
  checkpoint: Checkpoint,
): boolean {
  if (precision !== 'float16') return false;
  const linear = tensors.filter(({ role }) => role !== 'other');
  return linear.every(({ name, shape }) => checkpoint.tensor(name, shape).dtype === 'F16');
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
