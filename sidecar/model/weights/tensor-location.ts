/** Bytes an element takes in the file, by the dtype names of the safetensors format. */
export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type WeightDType = keyof typeof DTYPE_BYTES;

export function isWeightDType(name: unknown): name is WeightDType {
  return typeof name === 'string' && Object.hasOwn(DTYPE_BYTES, name);
}

/**
 * The place of a tensor's elements: row-major, little-endian, without gaps. When it is made, it is checked to be inside the
 * file.
 */
export interface TensorLocation {
  /** Absolute path. */
  readonly file: string;
  /** Bytes from the file's start. */
  readonly offset: number;
  /** product(shape) * bytes an element. */
  readonly byteLength: number;
  readonly dtype: WeightDType;
  /** Non-negative integers, at most {@link MAX_DIMENSIONS}; [] is a scalar. */
  readonly shape: readonly number[];
}

/** Some rows of a tensor, in place. @param first index of the first row */
export function rowsOfTensor(location: TensorLocation, first: number, rows: number): TensorLocation {
  const [total = 1, ...inner] = location.shape;
  const rowBytes = location.byteLength / total;
  return {
    ...location,
    shape: [rows, ...inner],
    offset: location.offset + first * rowBytes,
    byteLength: rows * rowBytes,
  };
}

/** Dimensions of a tensor at most. No model here has more, but a shape from an untrusted file may have thousands. */
export const MAX_DIMENSIONS = 8;

/** Bytes of a tensor; undefined where the shape is invalid or the product is not a safe integer. */
export function tensorByteLength(dtype: WeightDType, shape: readonly number[]): number | undefined {
  const elements = elementCount(shape);
  if (elements === undefined) return undefined;
  const bytes = elements * DTYPE_BYTES[dtype];
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** product(shape); undefined where a size is negative or no integer, or the product is not a safe integer. */
function elementCount(shape: readonly number[]): number | undefined {
  let elements = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    elements *= size;
    if (!Number.isSafeInteger(elements)) return undefined;
  }
  return elements;
}
