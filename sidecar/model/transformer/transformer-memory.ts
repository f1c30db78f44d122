import type { WeightPrecision } from '../../protocol';
import { blockedShapes } from '../precision/block-quantization';
import { blockBits } from '../precision/packing-plan';
import { cacheCapacity, type TransformerShape } from './transformer-graph';
import { transformerTensors, type TransformerTensor } from './transformer-weights';

/**
 * Precisions that differ in memory on the CPU provider. The CPU provider widens float16 when it opens a model, so float16 is
 * left out.
 */
export type SizedPrecision = Exclude<WeightPrecision, 'float16'>;

/** Guidance keeps keys and values for two halves. */
const HALVES = 2;
const FLOAT_BYTES = 4;

/** Bytes that a transformer takes while it runs. The memory of ONNX Runtime and Node.js themselves is not counted. */
export interface TransformerMemory {
  /** Bytes of the weights as they are computed with: in float32 unless packed. The embedding table stays as it is stored. */
  readonly weights: Readonly<Record<SizedPrecision, number>>;
  /** Bytes of keys and values of every position, for both halves of a guided run. */
  readonly cache: number;
}

/**
 * The memory of a transformer.
 * @param embeddingBytes of one number in the embedding table; its rows are widened when they are read
 */
export function transformerMemory(
  shape: TransformerShape,
  hidden: number,
  embeddingBytes = FLOAT_BYTES,
): TransformerMemory {
  const tensors = transformerTensors(shape, hidden);
  const headDim = shape.dim / shape.heads;
  const total = (bytesOf: (tensor: TransformerTensor) => number): number =>
    tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  const narrower = (FLOAT_BYTES - embeddingBytes) * shape.vocab * shape.dim;
  return {
    weights: {
      stored: total(asFloats) - narrower,
      int8: total((tensor) => inBlocks(tensor, 'int8')) - narrower,
      int4: total((tensor) => inBlocks(tensor, 'int4')) - narrower,
    },
    cache: 2 * HALVES * shape.layers * shape.kvHeads * cacheCapacity(shape) * headDim * FLOAT_BYTES,
  };
}

function asFloats({ shape }: TransformerTensor): number {
  return FLOAT_BYTES * product(shape);
}

function inBlocks(tensor: TransformerTensor, precision: 'int8' | 'int4'): number {
  if (tensor.role === 'other') return asFloats(tensor);
  const [rows = 0, width = 0] = tensor.shape;
  const { codes, scales, zeroPoints } = blockedShapes(rows, width, blockBits(precision));
  return product(codes) + FLOAT_BYTES * product(scales) + product(zeroPoints);
}

function product(shape: readonly number[]): number {
  return shape.reduce((elements, length) => elements * length, 1);
}
