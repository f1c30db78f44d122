import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { appendFile, open, readFile, type FileHandle } from 'node:fs/promises';
import { ModelError } from '../model-error';
import { float32ToFloat16 } from '../weights/half-float';
import { readTensorAsFloat32 } from '../weights/read-tensor';
import { DTYPE_BYTES } from '../weights/tensor-location';
import { WeightFile } from '../weights/weight-file';
import { quantizeRows, type BlockBits } from './block-quantization';
import { checkCancelled, type PackingListener } from './packing-listener';
import { NO_DIGEST, type PackedTensor, type PackingPlan } from './packing-plan';
import { sentence, SentenceError } from '../../protocol/sentence';

/** Weights of a matrix that are in memory at the same time, as float32. */
const WEIGHTS_A_PIECE = 1 << 20;
const BYTES_A_PIECE = 4 << 20;

/**
 * Writes a packed file, tensor by tensor. A journal lies beside the file. After each tensor, the journal gets the length of
 * the file and the SHA-256 of all data so far.
 * After an interruption, the packing reads the written data again and goes on after the last whole tensor.
 *
 * The bytes depend on the plan alone, and each byte is written at its place. So two processes that write one file do no harm.
 *
 * @param file may be missing, partial or complete
 * @throws PackingCancelled; ModelError, WeightsError when the weights cannot be packed; system errors
 */
export async function packWeights(plan: PackingPlan, file: string, listener: PackingListener): Promise<void> {
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const dataStart = plan.header(NO_DIGEST).byteLength;
    const done = await packedSoFar(plan, file, handle, dataStart);
    const { hash } = done;
    let { bytes } = done;
    for (const tensor of plan.tensors.slice(done.tensors)) {
      for await (const piece of packedBytes(tensor)) {
        checkCancelled(listener);
        await writeAll(handle, piece, dataStart + bytes);
        hash.update(piece);
        bytes += piece.byteLength;
        listener.onProgress(bytes / plan.dataBytes);
      }
      await appendFile(journalOf(file), `${bytes} ${hash.copy().digest('hex')}\n`);
    }
    await writeAll(handle, plan.header(hash.digest('hex')), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function journalOf(file: string): string {
  return `${file}.journal`;
}

interface Progress {
  readonly tensors: number;
  /** Data bytes of these tensors. */
  readonly bytes: number;
  /** Hash of these bytes. */
  readonly hash: Hash;
}

/** The tensors that are on the disk as the journal says, up to the first that is not. */
async function packedSoFar(
  plan: PackingPlan,
  file: string,
  handle: FileHandle,
  dataStart: number,
): Promise<Progress> {
  const journal = await readJournal(file);
  const hash = createHash('sha256');
  let done: Progress = { tensors: 0, bytes: 0, hash: hash.copy() };
  for (const tensor of plan.tensors) {
    const bytes = done.bytes + tensor.bytes;
    const digest = journal.get(bytes);
    if (digest === undefined) break;
    if (!(await addToHash(hash, handle, dataStart + done.bytes, tensor.bytes))) break;
    if (hash.copy().digest('hex') !== digest) break;
    done = { tensors: done.tensors + 1, bytes, hash: hash.copy() };
  }
  return done;
}

/** Digests by length: each is the digest of all data up to that length. */
async function readJournal(file: string): Promise<ReadonlyMap<number, string>> {
  const text = await readFile(journalOf(file), 'utf8').catch(() => '');
  const lines = text.split('\n').map((line) => /^(\d+) ([0-9a-f]{64})$/.exec(line));
  return new Map(lines.flatMap((line) => (line ? [[Number(line[1]), line[2] ?? '']] : [])));
}

/** Adds bytes of the file to a hash. Returns false when the file ends before the last byte. */
async function addToHash(hash: Hash, handle: FileHandle, offset: number, length: number): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(Math.min(BYTES_A_PIECE, length));
  for (let done = 0; done < length;) {
    const wanted = Math.min(buffer.byteLength, length - done);
    const { bytesRead } = await handle.read(buffer, 0, wanted, offset + done);
    if (bytesRead === 0) return false;
    hash.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return true;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}

/** The packed bytes of a tensor, in pieces. */
async function* packedBytes(tensor: PackedTensor): AsyncGenerator<Uint8Array, void, void> {
  const { packing } = tensor;
  if (packing === 'copy') yield* copied(tensor);
  else if (packing === 'float16') yield* asFloat16(tensor);
  else yield* inBlocks(tensor, packing);
}

async function* copied({ name, source }: PackedTensor): AsyncGenerator<Uint8Array, void, void> {
  for (let done = 0; done < source.byteLength; done += BYTES_A_PIECE) {
    const length = Math.min(BYTES_A_PIECE, source.byteLength - done);
    yield await WeightFile.use(source.file, (file) =>
      file.read(source.offset + done, length, sentence`tensor ${name}`),
    );
  }
}

async function* asFloat16(tensor: PackedTensor): AsyncGenerator<Uint8Array, void, void> {
  for await (const weights of rowsOf(tensor)) {
    const halves = float32ToFloat16(weights);
    const infinite = halves.findIndex((half) => (half & 0x7c00) === 0x7c00);
    if (infinite >= 0)
      throw new ModelError(
        sentence`${tensor.source.file}: tensor "${tensor.name}" holds ${weights[infinite] ?? NaN}, which float16 cannot; choose precision stored.`,
      );
    yield bytesOf(halves);
  }
}

/** The codes, then the scales, then the zero points. Scales and zero points stay in memory until all codes are yielded. */
async function* inBlocks(tensor: PackedTensor, bits: BlockBits): AsyncGenerator<Uint8Array, void, void> {
  const scales: Uint8Array[] = [];
  const zeroPoints: Uint8Array[] = [];
  for await (const weights of rowsOf(tensor)) {
    const rows = quantized(tensor, weights, bits);
    scales.push(bytesOf(rows.scales));
    zeroPoints.push(rows.zeroPoints);
    yield rows.codes;
  }
  yield* scales;
  yield* zeroPoints;
}

function quantized(
  { name, source }: PackedTensor,
  weights: Float32Array,
  bits: BlockBits,
): ReturnType<typeof quantizeRows> {
  try {
    return quantizeRows(weights, source.shape[1] ?? 1, bits);
  } catch (error) {
    if (!(error instanceof SentenceError)) throw error;
    throw new ModelError(
      sentence`${source.file}: tensor "${name}" ${error.sentence}; fetch the weights again.`,
    );
  }
}

/** A matrix's rows as float32: as many at a time as fit into a piece, at least one. */
async function* rowsOf({ source }: PackedTensor): AsyncGenerator<Float32Array<ArrayBuffer>, void, void> {
  const [rows = 0, width = 0] = source.shape;
  const rowBytes = width * DTYPE_BYTES[source.dtype];
  const atOnce = Math.max(1, Math.floor(WEIGHTS_A_PIECE / width));
  for (let row = 0; row < rows; row += atOnce) {
    const count = Math.min(atOnce, rows - row);
    yield await readTensorAsFloat32({
      ...source,
      offset: source.offset + row * rowBytes,
      byteLength: count * rowBytes,
      shape: [count, width],
    });
  }
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength); // little-endian, as every platform of Node is
}
