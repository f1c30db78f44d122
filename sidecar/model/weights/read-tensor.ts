import { bfloat16ToFloat32, float16ToFloat32 } from './half-float';
import type { TensorLocation } from './tensor-location';
import { WeightFile } from './weight-file';
import { WeightsError } from './weights-error';
import { sentence } from '../../protocol/sentence';

/** Loads one tensor, widened to float32 (exact). @throws WeightsError for dtypes other than F32, F16, BF16. */
export async function readTensorAsFloat32(location: TensorLocation): Promise<Float32Array<ArrayBuffer>> {
  switch (location.dtype) {
    case 'F32':
      return new Float32Array(await readBytes(location));
    case 'F16':
      return float16ToFloat32(new Uint16Array(await readBytes(location)));
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(await readBytes(location)));
    case 'F64':
    case 'F8_E4M3':
    case 'F8_E5M2':
    case 'I64':
    case 'I32':
    case 'I16':
    case 'I8':
    case 'U64':
    case 'U32':
    case 'U16':
    case 'U8':
    case 'BOOL':
      throw new WeightsError(
        location.file,
        sentence`a tensor of dtype ${location.dtype} stands where numbers of dtype F32, F16 or BF16 are needed`,
        sentence`Convert it to one of these.`,
      );
  }
}

/** Loads one tensor of integers or booleans. @throws WeightsError for other dtypes and for values beyond 2^53. */
export async function readTensorAsIntegers(location: TensorLocation): Promise<number[]> {
  const integers = integersOf(location, await readBytes(location));
  const numbers = Array.from(integers, Number);
  if (!numbers.every(Number.isSafeInteger)) {
    throw new WeightsError(
      location.file,
      sentence`a tensor holds integers beyond 2^53`,
      sentence`Check how the file was made.`,
    );
  }
  return numbers;
}

function integersOf(location: TensorLocation, bytes: ArrayBuffer): ArrayLike<number | bigint> {
  switch (location.dtype) {
    case 'I64':
      return new BigInt64Array(bytes);
    case 'U64':
      return new BigUint64Array(bytes);
    case 'I32':
      return new Int32Array(bytes);
    case 'U32':
      return new Uint32Array(bytes);
    case 'I16':
      return new Int16Array(bytes);
    case 'U16':
      return new Uint16Array(bytes);
    case 'I8':
      return new Int8Array(bytes);
    case 'U8':
    case 'BOOL':
      return new Uint8Array(bytes);
    case 'F64':
    case 'F32':
    case 'F16':
    case 'BF16':
    case 'F8_E4M3':
    case 'F8_E5M2':
      throw new WeightsError(
        location.file,
        sentence`a tensor of dtype ${location.dtype} stands where integers are needed`,
        sentence`Write it as I64 or I32.`,
      );
  }
}

/** The tensor's bytes in a buffer of their own, so that typed arrays over it are aligned. */
async function readBytes(location: TensorLocation): Promise<ArrayBuffer> {
  return WeightFile.use(location.file, async (file) => {
    file.checkExtent(location.offset, location.byteLength, sentence`a tensor`);
    const bytes = new Uint8Array(location.byteLength);
    await file.readInto(bytes, location.offset, sentence`a tensor`);
    return bytes.buffer;
  });
}
