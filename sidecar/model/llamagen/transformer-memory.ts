import type { WeightPrecision } from '../../protocol';
import { blockedShapes } from '../precision/block-quantization';
import { blockBits } from '../precision/packing-plan';
import { cacheCapacity, type TransformerShape } from './transformer-graph';
import { transformerTensors, type TransformerTensor } from './transformer-weights';

/** Precisions that differ in the memory they take on the CPU provider, which widens float16 when it opens a model. */
export type SizedPrecision = Exclude<WeightPrecision, 'float16'>;

/** With guidance, both halves have keys and values. */
const HALVES = 2;
const FLOAT_BYTES = 4;

/** Bytes that a transformer takes while it runs. What ONNX Runtime and Node.js take besides is not in it. */
export interface TransformerMemory {
  /** Weights as they are computed with: in float32 unless packed; the embedding table as it is stored. */
  readonly weights: Readonly<Record<SizedPrecision, number>>;
  /** Keys and values of every position, for both halves of a guided run. */
  readonly cache: number;
}

/** @param embeddingBytes of one number of the embedding table, whose rows are widened when they are taken */
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
