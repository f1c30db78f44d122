import { crc32 } from 'node:zlib';
import { writeWholeFile } from '../../sidecar/files/write-whole-file';
import type { Float32Tensor } from '../../sidecar/model/weights/write-safetensors';
import { pickle, pickledDict, pickledTensor } from '../unit/weights/torch-file';
import { u16, u32, u64 } from './little-endian';

/** Alignment of each member's data. `torch.save` pads to it with an extra field of this name. */
const ALIGNMENT = 64;
const PADDING_FIELD = 'FB';
/** General purpose flags: checksum and sizes follow the data, and names are UTF-8. */
const FLAGS = 0x0808;
const ALL_ONES = 0xffffffff;

/** A tensor of a PyTorch checkpoint. */
export interface TorchTensor extends Pick<Float32Tensor, 'name' | 'shape'> {
  /** `FloatStorage` when absent. */
  readonly storageType?: string;
  /** The elements, row-major and little-endian, in pieces of any length. */
  readonly data: Iterable<ArrayBufferView> | AsyncIterable<ArrayBufferView>;
}

/**
 * Writes what `torch.save({"model": state_dict})` writes, as a stream. The file is a ZIP of a pickle and one uncompressed
 * member for each tensor. Checksums and sizes come after the data, as in PyTorch's files.
 * @param key of the state dict in the file's outermost dict
 * @throws RangeError when a tensor does not fit into a ZIP member of 4 GB; OutputFileError
 */
export async function writeTorchCheckpoint(
  file: string,
  tensors: readonly TorchTensor[],
  key = 'model',
): Promise<void> {
  await writeWholeFile(file, archive(tensors, key));
}

async function* archive(
  tensors: readonly TorchTensor[],
  key: string,
): AsyncGenerator<Uint8Array, void, void> {
  const zip = new StoredZip();
  const entries = tensors.map(({ name, shape, storageType = 'FloatStorage' }, i) => {
    const elements = shape.reduce((product, length) => product * length, 1);
    return [name, pickledTensor({ storageType, key: String(i), elements, shape })] as const;
  });
  yield* zip.member('model/data.pkl', [
    pickle(pickledDict({ [key]: pickledDict(Object.fromEntries(entries)) })),
  ]);
  for (const [i, { data }] of tensors.entries()) yield* zip.member(`model/data/${i}`, asBytes(data));
  yield* zip.member('model/version', [Buffer.from('3\n')]);
  yield zip.directory();
}

async function* asBytes(data: TorchTensor['data']): AsyncGenerator<Uint8Array, void, void> {
  for await (const { buffer, byteOffset, byteLength } of data)
    yield new Uint8Array(buffer, byteOffset, byteLength);
}

/** A ZIP file of uncompressed members, written from front to back. */
class StoredZip {
  private offset = 0;
  private readonly headers: Buffer[] = [];

  async *member(
    name: string,
    data: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, void> {
    const start = this.offset;
    yield this.counted(this.localHeader(name));
    let crc = 0;
    const dataStart = this.offset;
    for await (const piece of data) {
      crc = crc32(piece, crc);
      yield this.counted(piece);
    }
    const size = this.offset - dataStart;
    if (size >= ALL_ONES)
      throw new RangeError(`${name} of ${size} bytes is too large for a plain ZIP member.`);
    yield this.counted(Buffer.concat([u32(0x08074b50), u32(crc), u32(size), u32(size)]));
    this.headers.push(centralHeader(name, crc, size, start));
  }

  /** The end of the file: central directory, ZIP64 end record and locator, end record. */
  directory(): Uint8Array {
    const directory = Buffer.concat(this.headers);
    const count = this.headers.length;
    const end = this.offset + directory.length;
    return Buffer.concat([
      directory,
      ...[u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0), u64(count), u64(count)],
      ...[u64(directory.length), u64(this.offset)],
      ...[u32(0x07064b50), u32(0), u64(end), u32(1)],
      ...[u32(0x06054b50), u16(0), u16(0), u16(count), u16(count), u32(directory.length)],
      ...[u32(Math.min(this.offset, ALL_ONES)), u16(0)],
    ]);
  }

  private counted<T extends Uint8Array>(bytes: T): T {
    this.offset += bytes.length;
    return bytes;
  }

  private localHeader(name: string): Buffer {
    const unpadded = this.offset + 30 + Buffer.byteLength(name) + 4;
    const padding = Buffer.alloc((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT, 'Z');
    return Buffer.concat([
      ...[u32(0x04034b50), u16(0), u16(FLAGS), u16(0), u32(0), u32(0), u32(0), u32(0)],
      ...[u16(Buffer.byteLength(name)), u16(4 + padding.length), Buffer.from(name)],
      ...[Buffer.from(PADDING_FIELD), u16(padding.length), padding],
    ]);
  }
}

function centralHeader(name: string, crc: number, size: number, offset: number): Buffer {
  const isFar = offset >= ALL_ONES;
  const extra = isFar ? Buffer.concat([u16(1), u16(8), u64(offset)]) : Buffer.alloc(0);
  return Buffer.concat([
    ...[u32(0x02014b50), u16(0), u16(0), u16(FLAGS), u16(0), u32(0), u32(crc), u32(size), u32(size)],
    ...[u16(Buffer.byteLength(name)), u16(extra.length), u16(0), u16(0), u16(0), u32(0)],
    ...[u32(isFar ? ALL_ONES : offset), Buffer.from(name), extra],
  ]);
}
