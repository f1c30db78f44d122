import { sentence, SentenceError } from '../../protocol/sentence';

/**
 * Weights in blocks of whole numbers, as ONNX Runtime's MatMulNBits takes them (github.com/microsoft/onnxruntime,
 * docs/ContribOperators.md). The rows of a matrix are cut into blocks. Each block has a scale and a zero point, and weight =
 * (code - zero point) * scale.
 */

export type BlockBits = 4 | 8;

/**
 * Weights a block. With 4 bits in blocks of 32, scale and zero point add 1.1 bits a weight. Blocks of 64 saved half of these
 * bits, but the embedded model diverged a third more from float32.
 */
export const BLOCK_SIZE = 32;

/** Shapes of the parts of a matrix [rows, width]. */
export interface BlockedShapes {
  /** uint8 [rows, blocks, bytes]; the first of two 4-bit codes in a byte is the lower half. */
  readonly codes: readonly [number, number, number];
  /** float32 [rows, blocks]. */
  readonly scales: readonly [number, number];
  /** uint8 [rows, bytes]; with 4 bits, two zero points in a byte, in the same order as the codes. */
  readonly zeroPoints: readonly [number, number];
}

/** Name of the tensor that holds a matrix's scales. The matrix's codes keep the name of the matrix. */
export function scalesName(matrix: string): string {
  return `${matrix}.scales`;
}

export function zeroPointsName(matrix: string): string {
  return `${matrix}.zero_points`;
}

/** @param width need not be a multiple of the block size */
export function blockedShapes(rows: number, width: number, bits: BlockBits): BlockedShapes {
  const blocks = Math.ceil(width / BLOCK_SIZE);
  return {
    codes: [rows, blocks, (BLOCK_SIZE * bits) / 8],
    scales: [rows, blocks],
    zeroPoints: [rows, Math.ceil((blocks * bits) / 8)],
  };
}

/** Rows of a matrix, laid out as `BlockedShapes` says. */
export interface QuantizedRows {
  readonly codes: Uint8Array;
  readonly scales: Float32Array;
  readonly zeroPoints: Uint8Array;
}

/**
 * Rounds each weight to the nearest code of its block. A block's codes reach from its least to its greatest weight. The range
 * includes 0, and 0 has a code of its own.
 * Therefore the error of a weight is at most half a scale; at the ends of the range it is at most one scale.
 *
 * @param weights [rows * width], finite
 * @throws SentenceError when a weight is not finite: the rest of a sentence about the tensor
 */
export function quantizeRows(weights: Float32Array, width: number, bits: BlockBits): QuantizedRows {
  const rows = weights.length / width;
  const shapes = blockedShapes(rows, width, bits);
  const [, blocks, blockBytes] = shapes.codes;
  const [, zeroPointBytes] = shapes.zeroPoints;
  const codes = new Uint8Array(rows * blocks * blockBytes);
  const scales = new Float32Array(rows * blocks);
  const zeroPoints = new Uint8Array(rows * zeroPointBytes);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const begin = row * width + block * BLOCK_SIZE;
      const end = Math.min(begin + BLOCK_SIZE, (row + 1) * width);
      const range = rangeOf(weights, begin, end, bits);
      const at = row * blocks + block;
      scales[at] = range.scale;
      put(zeroPoints, row * zeroPointBytes, block, bits, range.zeroPoint);
      writeCodes(codes, at * blockBytes, bits, range, weights.subarray(begin, end));
    }
  }
  return { codes, scales, zeroPoints };
}

/** The numbers that a block's codes stand for. */
interface CodeRange {
  /** A float32. */
  readonly scale: number;
  /** The code of 0. */
  readonly zeroPoint: number;
}

/** The range of a block's weights. @throws SentenceError when a weight is not finite: the rest of a sentence about the tensor */
function rangeOf(weights: Float32Array, begin: number, end: number, bits: BlockBits): CodeRange {
  let least = 0;
  let greatest = 0;
  for (let i = begin; i < end; i++) {
    const weight = weights[i] ?? 0;
    if (!Number.isFinite(weight)) throw new SentenceError(sentence`holds ${weight}, which is no weight`);
    if (weight < least) least = weight;
    else if (weight > greatest) greatest = weight;
  }
  const mostCode = 2 ** bits - 1;
  const scale = Math.fround((greatest - least) / mostCode);
  return { scale, zeroPoint: scale === 0 ? 0 : Math.min(mostCode, Math.round(-least / scale)) };
}

function writeCodes(
  codes: Uint8Array,
  offset: number,
  bits: BlockBits,
  { scale, zeroPoint }: CodeRange,
  weights: Float32Array,
): void {
  const mostCode = 2 ** bits - 1;
  const perScale = scale === 0 ? 0 : 1 / scale;
  for (let i = 0; i < BLOCK_SIZE; i++) {
    const code = Math.round((weights[i] ?? 0) * perScale) + zeroPoint;
    put(codes, offset, i, bits, code < 0 ? 0 : code > mostCode ? mostCode : code);
  }
}

/** Writes the i-th number of `bits` bits, counted from `offset`. The target bits must still be 0. */
function put(bytes: Uint8Array, offset: number, i: number, bits: BlockBits, value: number): void {
  if (bits === 8) bytes[offset + i] = value;
  else bytes[offset + (i >> 1)] = (bytes[offset + (i >> 1)] ?? 0) | (value << (4 * (i & 1)));
}
