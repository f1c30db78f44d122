import {
  DTYPE_BYTES,
  tensorByteLength,
  type WeightDType,
} from '../../../sidecar/model/weights/tensor-location';

/** A tensor to be written. `data` is row-major and little-endian. */
export interface TensorData {
  readonly dtype: WeightDType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array | Float64Array | Int32Array | Uint16Array | BigInt64Array;
}

/**
 * Makes a whole safetensors file in memory, for small outputs. Tensors with larger elements come first, so each tensor is
 * aligned.
 *
 * @throws RangeError when data and shape do not agree
 */
export function writeSafetensors(tensors: ReadonlyMap<string, TensorData>): Uint8Array {
  const inOrder = [...tensors].sort(([, a], [, b]) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  let end = 0;
  for (const [name, { dtype, shape, data }] of inOrder) {
    if (name === '__metadata__') throw new RangeError('__metadata__ cannot name a tensor.');
    if (tensorByteLength(dtype, shape) !== data.byteLength) {
      throw new RangeError(
        `Tensor ${name} of shape [${shape.join(', ')}] and dtype ${dtype} is not ${data.byteLength} bytes long.`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc(-json.byteLength & 7, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.byteLength));
  return Buffer.concat([
    length,
    padded,
    ...inOrder.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}
