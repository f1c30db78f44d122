import { readFile } from 'node:fs/promises';
import { openWeights } from '../../sidecar/model/weights/open-weights';
import type { WeightDType } from '../../sidecar/model/weights/tensor-location';

/** A tensor of a small checkpoint. */
export interface SmallTensor {
  readonly dtype: WeightDType;
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly data: Buffer;
}

/** The tensors of a small checkpoint, by name. */
export type Tensors = ReadonlyMap<string, SmallTensor>;

/** Reads the tensors of a weight file. */
export async function readTensors(file: string): Promise<Tensors> {
  const files = new Map<string, Buffer>();
  const tensors = new Map<string, SmallTensor>();
  for (const [name, { file: part, offset, byteLength, dtype, shape }] of await openWeights(file)) {
    const bytes = files.get(part) ?? (await readFile(part));
    files.set(part, bytes);
    tensors.set(name, { dtype, shape, data: Buffer.from(bytes.subarray(offset, offset + byteLength)) });
  }
  return tensors;
}

/** The numbers of a BF16 or F32 tensor. */
export function numbersOf({ dtype, data }: SmallTensor): Float32Array {
  if (dtype === 'F32')
    return new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  const words = Uint32Array.from({ length: data.length / 2 }, (_, i) => data.readUInt16LE(2 * i) << 16);
  return new Float32Array(words.buffer);
}

/** A tensor of these numbers. A BF16 tensor keeps their upper 16 bits. */
export function tensorOf(
  shape: readonly number[],
  numbers: Float32Array,
  dtype: 'BF16' | 'F32',
): SmallTensor {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  if (dtype === 'F32') return { dtype, shape, data: bytes };
  const data = Buffer.alloc(2 * numbers.length);
  for (let i = 0; i < numbers.length; i++) data.writeUInt16LE(bytes.readUInt16LE(4 * i + 2), 2 * i);
  return { dtype, shape, data };
}

/** The tensors under other names. A name that becomes undefined is left out. */
export function renamed(tensors: Tensors, rename: (name: string) => string | undefined): Tensors {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => {
      const other = rename(name);
      return other === undefined ? [] : [[other, tensor] as const];
    }),
  );
}
