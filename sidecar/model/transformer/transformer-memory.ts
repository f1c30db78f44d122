import type { WeightPrecision } from '../../protocol';
import type { WeightSource } from '../checkpoint';
import type { TransformerDescription, TransformerTensor } from '../family';
import { blockedShapes } from '../precision/block-quantization';
import { blockBits } from '../precision/packing-plan';
import { DTYPE_BYTES } from '../weights/tensor-location';

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
  /** Bytes of the weights as they are computed with: in float32 unless packed. Tables stay as they are stored. */
  readonly weights: Readonly<Record<SizedPrecision, number>>;
  /** Bytes of keys and values of every position, for both halves of a guided run. */
  readonly cache: number;
}

/** Number of positions that can have keys and values: the prompt's, and those of the picture. */
export function cacheCapacity({
  promptLength,
  layout,
}: Pick<TransformerDescription, 'promptLength' | 'layout'>): number {
  return promptLength + layout.length;
}

/**
 * The memory of a transformer.
 * @param source tells in which type tables are stored; without it they count as float32
 */
export function transformerMemory(
  description: TransformerDescription,
  source?: WeightSource,
): TransformerMemory {
  const { tensors, cache } = description;
  const total = (bytesOf: (tensor: TransformerTensor) => number): number =>
    tensors.reduce(
      (sum, tensor) => sum + (tensor.role === 'table' ? tableBytes(tensor, source) : bytesOf(tensor)),
      0,
    );
  return {
    weights: {
      stored: total(asFloats),
      int8: total((tensor) => inBlocks(tensor, 'int8')),
      int4: total((tensor) => inBlocks(tensor, 'int4')),
    },
    cache:
      2 * HALVES * cache.layers * cache.kvHeads * cacheCapacity(description) * cache.headDim * FLOAT_BYTES,
  };
}

function tableBytes({ name, shape }: TransformerTensor, source: WeightSource | undefined): number {
  return product(shape) * (source ? DTYPE_BYTES[source.tensor(name, shape).dtype] : FLOAT_BYTES);
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
