import { writeWholeFile } from '../../files/write-whole-file';
import { tensorByteLength, type WeightDType } from './tensor-location';

/** A float32 tensor to be written. */
export interface Float32Tensor {
  /** Unique in the file; not `__metadata__`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The elements, row-major, in pieces of any length. Together the pieces have product(shape) elements. */
  readonly data: Iterable<Float32Array> | AsyncIterable<Float32Array>;
}

/** The header's entry for a tensor. The tensors' bytes follow one another in the header's order. */
export interface TensorEntry {
  /** Unique in the file; not `__metadata__`. */
  readonly name: string;
  readonly dtype: WeightDType;
  readonly shape: readonly number[];
}

/** The header is padded to a multiple of this, as the format's own writer does. So the data begin on a multiple of their size. */
const ALIGNMENT = 8;

/**
 * Writes a safetensors file of float32 tensors (https://github.com/huggingface/safetensors#format). The file is written
 * completely or not at all. The data pass through piece by piece, so a file may be larger than memory.
 *
 * @throws RangeError when names repeat, or data and shape do not agree; OutputFileError when the file cannot be written
 */
export async function writeSafetensors(file: string, tensors: readonly Float32Tensor[]): Promise<void> {
  const entries = tensors.map(({ name, shape }) => ({ name, shape, dtype: 'F32' as const }));
  await writeWholeFile(file, fileBytes(safetensorsHeader(entries), tensors));
}

/**
 * The beginning of a safetensors file: the header's length, the header, and padding up to a multiple of 8 bytes.
 * @param metadata texts for the header's `__metadata__`
 * @throws RangeError when names repeat or a shape is invalid
 */
export function safetensorsHeader(
  tensors: readonly TensorEntry[],
  metadata?: Readonly<Record<string, string>>,
): Buffer {
  const entries = new Map<string, object>();
  if (metadata) entries.set('__metadata__', metadata);
  let end = 0;
  for (const { name, dtype, shape } of tensors) {
    if (entries.has(name) || name === '__metadata__')
      throw new RangeError(`A second tensor cannot be called ${JSON.stringify(name)}.`);
    const begin = end;
    end += byteLength(name, dtype, shape);
    entries.set(name, { dtype, shape, data_offsets: [begin, end] });
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const padded = Buffer.concat([json, Buffer.alloc(-json.byteLength & (ALIGNMENT - 1), ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.byteLength));
  return Buffer.concat([length, padded]);
}

async function* fileBytes(
  header: Uint8Array,
  tensors: readonly Float32Tensor[],
): AsyncGenerator<Uint8Array, void, void> {
  yield header;
  for (const { name, shape, data } of tensors) {
    const expected = byteLength(name, 'F32', shape);
    let written = 0;
    for await (const piece of data) {
      written += piece.byteLength;
      if (written > expected) break;
      yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength); // little-endian, as every platform of Node is
    }
    if (written !== expected)
      throw new RangeError(
        `Tensor ${JSON.stringify(name)} of shape [${shape.join(', ')}] takes ${expected} bytes, not ${written}.`,
      );
  }
}

function byteLength(name: string, dtype: WeightDType, shape: readonly number[]): number {
  const bytes = tensorByteLength(dtype, shape);
  if (bytes === undefined)
    throw new RangeError(`Tensor ${JSON.stringify(name)} cannot have the shape [${shape.join(', ')}].`);
  return bytes;
}
