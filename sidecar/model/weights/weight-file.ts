import type { FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputFileError, openRegularFile } from '../../files/input-file';
import { WeightsError } from './weights-error';
import { sentence, type Said } from '../../protocol/sentence';

/** Node reads at most 2^31 - 1 bytes at once. */
const READ_CHUNK = 1 << 30;

/** An untrusted file that is open for reading. A read outside the file throws an error. */
export class WeightFile {
  private constructor(
    /** Absolute. */
    readonly path: string,
    /** Bytes. */
    readonly size: number,
    private readonly handle: FileHandle,
  ) {}

  /** Opens the file for as long as `use` takes. @throws WeightsError when it is missing, empty or no regular file. */
  static async use<T>(path: string, use: (file: WeightFile) => Promise<T>): Promise<T> {
    const absolute = resolve(path);
    const { handle, size } = await openForReading(absolute);
    try {
      if (size === 0)
        throw new WeightsError(absolute, sentence`the file is empty`, sentence`Download or write it again.`);
      return await use(new WeightFile(absolute, size, handle));
    } finally {
      await handle.close();
    }
  }

  /**
   * Reads bytes.
   * @param what names the bytes in the error, as in "the header".
   * @throws WeightsError when they are not all inside the file.
   */
  async read(offset: number, length: number, what: Said): Promise<Buffer> {
    this.checkExtent(offset, length, what);
    const bytes = Buffer.allocUnsafeSlow(length);
    await this.readInto(bytes, offset, what);
    return bytes;
  }

  async readInto(target: Uint8Array, offset: number, what: Said): Promise<void> {
    this.checkExtent(offset, target.byteLength, what);
    let done = 0;
    while (done < target.byteLength) {
      const length = Math.min(READ_CHUNK, target.byteLength - done);
      const { bytesRead } = await this.handle.read(target, done, length, offset + done);
      if (bytesRead === 0)
        throw new WeightsError(this.path, sentence`the file became shorter while ${what} was read`);
      done += bytesRead;
    }
  }

  /** @throws WeightsError unless offset..offset+length lies inside the file. */
  checkExtent(offset: number, length: number, what: Said): void {
    if (isSize(offset) && isSize(length) && length <= this.size - offset) return;
    throw new WeightsError(
      this.path,
      sentence`${what} (${length} bytes at ${offset}) lies outside the file of ${this.size} bytes`,
    );
  }
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

async function openForReading(path: string): Promise<{ handle: FileHandle; size: number }> {
  try {
    return await openRegularFile(path);
  } catch (error) {
    throw error instanceof InputFileError ? WeightsError.of(error) : error;
  }
}
