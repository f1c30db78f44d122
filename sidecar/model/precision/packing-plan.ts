import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { WeightPrecision } from '../../protocol';
import type { WeightSource } from '../checkpoint';
import type { TransformerTensor } from '../family';
import { tensorByteLength, type TensorLocation } from '../weights/tensor-location';
import { WeightFile } from '../weights/weight-file';
import { safetensorsHeader, type TensorEntry } from '../weights/write-safetensors';
import { blockedShapes, scalesName, zeroPointsName, type BlockBits } from './block-quantization';
import { sentence } from '../../protocol/sentence';

/** A precision to which weights can be packed. */
export type PackedPrecision = Exclude<WeightPrecision, 'stored'>;

/** How a tensor is packed: copied as it is stored, rounded to float16, or cut into blocks. */
export type Packing = 'copy' | 'float16' | BlockBits;

/** One tensor of the checkpoint, and the tensors that it becomes in the packed file. They lie next to one another. */
export interface PackedTensor {
  readonly name: string;
  readonly source: TensorLocation;
  readonly packing: Packing;
  /** Bytes that it takes in the packed file. */
  readonly bytes: number;
}

/** The layout of a packed file before it is written, down to the byte where each tensor begins. */
export interface PackingPlan {
  /** File name without ending. The same weights give the same name; other weights give another name. */
  readonly name: string;
  readonly precision: PackedPrecision;
  readonly tensors: readonly PackedTensor[];
  /** The file's header, made when the SHA-256 of the data after it is known. Its length is the same with every digest. */
  readonly header: (digest: string) => Buffer;
  /** Bytes after the header. */
  readonly dataBytes: number;
}

/**
 * Version of the packed format. It grows when a change of the program changes a packed file's bytes. Files of older versions
 * are packed again.
 */
const FORMAT_VERSION = '1';
/** Placeholder for a file's digest, of the same length. */
export const NO_DIGEST = '0'.repeat(64);

/**
 * Bits of each weight. The output layer has as many bits as the other layers. With 8 bits, the output layer takes a tenth of
 * a large model's time. The embedded model then diverges from float32 by a tenth less (docs/performance.md).
 */
export function blockBits(precision: 'int8' | 'int4'): BlockBits {
  return precision === 'int4' ? 4 : 8;
}

/**
 * Plans a file that holds all tensors that a transformer's graph reads: its linear layers packed, the others copied. One file
 * holds all of them because ONNX Runtime takes a graph's weights from one folder only.
 *
 * @throws ModelError when the checkpoint lacks a tensor; WeightsError when it cannot be read
 */
export async function planPacking(
  tensors: readonly TransformerTensor[],
  checkpoint: WeightSource,
  precision: PackedPrecision,
): Promise<PackingPlan> {
  const packed = tensors.map(({ name, shape, role }): PackedTensor & { entries: TensorEntry[] } => {
    const source = checkpoint.tensor(name, shape);
    const packing = packingOf(role, source, precision);
    const entries = packedEntries(name, source, packing);
    return { name, source, packing, entries, bytes: entries.reduce((sum, entry) => sum + bytesOf(entry), 0) };
  });
  const entries = packed.flatMap((tensor) => tensor.entries);
  const header = (sha256: string): Buffer =>
    safetensorsHeader(entries, { format: 'zipar-packed', version: FORMAT_VERSION, precision, sha256 });
  return {
    name: `${precision}-${await identity(packed, header(NO_DIGEST))}`,
    precision,
    tensors: packed,
    header,
    dataBytes: packed.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function packingOf(
  role: TransformerTensor['role'],
  source: TensorLocation,
  precision: PackedPrecision,
): Packing {
  if (role !== 'linear' && role !== 'output') return 'copy';
  if (precision === 'float16') return source.dtype === 'F16' ? 'copy' : 'float16';
  return blockBits(precision);
}

function packedEntries(name: string, { dtype, shape }: TensorLocation, packing: Packing): TensorEntry[] {
  if (packing === 'copy') return [{ name, dtype, shape }];
  if (packing === 'float16') return [{ name, dtype: 'F16', shape }];
  const [rows = 0, width = 0] = shape;
  const { codes, scales, zeroPoints } = blockedShapes(rows, width, packing);
  return [
    { name, dtype: 'U8', shape: codes },
    { name: scalesName(name), dtype: 'F32', shape: scales },
    { name: zeroPointsName(name), dtype: 'U8', shape: zeroPoints },
  ];
}

function bytesOf({ name, dtype, shape }: TensorEntry): number {
  const bytes = tensorByteLength(dtype, shape);
  if (bytes === undefined)
    throw new RangeError(`Tensor ${name} cannot have the shape [${shape.join(', ')}].`);
  return bytes;
}

const SAMPLE_BYTES = 1024;

/**
 * A digest that tells one checkpoint from another without reading gigabytes each time a model is opened. The digest covers:
 * - the header of the packed file
 * - size and time of last change of the checkpoint's files
 * - each tensor's place in its file, and its first, middle and last kilobyte
 *
 * The folder of a file does not count, so a file may be moved. A copy with another time is packed again. Training changes
 * every kilobyte; an edit of a few numbers changes the time.
 * An edit that hides its time from the file system and changes no sampled byte is not noticed.
 */
async function identity(tensors: readonly PackedTensor[], header: Buffer): Promise<string> {
  const hash = createHash('sha256').update(header);
  for (const file of new Set(tensors.map(({ source }) => source.file))) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`\n${size} ${mtimeMs}`);
    const inFile = tensors.filter(({ source }) => source.file === file);
    await WeightFile.use(file, async (opened) => {
      for (const { name, source } of inFile) await addSamples(hash, opened, name, source);
    });
  }
  return hash.digest('hex').slice(0, 32);
}

async function addSamples(
  hash: Hash,
  file: WeightFile,
  name: string,
  { offset, byteLength, dtype, shape }: TensorLocation,
): Promise<void> {
  hash.update(`\n${JSON.stringify([name, dtype, shape, offset])}\n`);
  const length = Math.min(SAMPLE_BYTES, byteLength);
  const last = byteLength - length;
  for (const start of new Set([0, Math.floor(last / 2), last]))
    hash.update(await file.read(offset + start, length, sentence`tensor ${name}`));
}
