import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { OutputFileError } from '../files/write-whole-file';
import type { HubFile } from './hub-repository';

const READ_BYTES = 1 << 20;

/** Most bytes that every file system allows for one name. */
const MAX_NAME_BYTES = 255;
/** Undefined on Windows. */
const NO_FOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;

/**
 * The path of a file that is not complete yet: beside its final place, with its checksum in the name. So a download never
 * continues with the bytes of another version. If the name would be too long, it consists of the checksum alone.
 */
export function partPath(target: string, { checksum }: HubFile): string {
  const name = `${path.basename(target)}.${checksum.digest.slice(0, 12)}.part`;
  const isTooLong = Buffer.byteLength(name) > MAX_NAME_BYTES;
  return path.join(path.dirname(target), isTooLong ? `${checksum.digest}.part` : name);
}

/** Bytes of a file that an earlier download left. @param target absolute path that the file will have */
export async function partBytes(target: string, file: HubFile): Promise<number> {
  const found = await lstat(partPath(target, file)).catch(() => undefined);
  return found?.isFile() ? Math.min(found.size, file.size) : 0;
}

/** Whether the file is complete on the disk, with the right checksum. */
export async function isComplete(target: string, file: HubFile): Promise<boolean> {
  const found = await stat(target).catch(() => undefined);
  if (!found?.isFile() || found.size !== file.size) return false;
  const handle = await open(target, 'r');
  try {
    return (await hashed(handle, file, file.size)).digest('hex') === file.checksum.digest;
  } finally {
    await handle.close();
  }
}

/** A point in a file under download that `takeBack` returns to. */
export interface PartialFileMark {
  readonly bytes: number;
  readonly hash: Hash;
}

/**
 * A file under download. What has come is on the disk and in the checksum. Two downloads of one file do not harm each
 * other, because both write the same bytes at the same places.
 */
export class PartialFile {
  private constructor(
    readonly file: HubFile,
    private readonly target: string,
    private readonly handle: FileHandle,
    private hash: Hash,
    private bytes: number,
  ) {}

  /**
   * Continues what an earlier download left.
   * @param target absolute path that the file will have; its folder exists
   * @throws OutputFileError, also when a link or a device has the partial file's name
   */
  static async open(target: string, file: HubFile): Promise<PartialFile> {
    const part = partPath(target, file);
    const found = await lstat(part).catch(() => undefined);
    if (found && !found.isFile()) throw new OutputFileError(`${part} is no regular file; delete it.`);
    return refusing(target, async () => {
      const handle = await open(part, constants.O_RDWR | constants.O_CREAT | NO_FOLLOW, 0o644);
      const there = Math.min((await handle.stat()).size, file.size);
      return new PartialFile(file, target, handle, await hashed(handle, file, there), there);
    });
  }

  /** Number of bytes that are there, from the beginning on. */
  get received(): number {
    return this.bytes;
  }

  /** Adds bytes at the end. @throws OutputFileError, for instance when the disk is full */
  async append(bytes: Uint8Array): Promise<void> {
    await refusing(this.target, async () => {
      for (let done = 0; done < bytes.byteLength;)
        done += (await this.handle.write(bytes, done, bytes.byteLength - done, this.bytes + done))
          .bytesWritten;
    });
    this.hash.update(bytes);
    this.bytes += bytes.byteLength;
  }

  mark(): PartialFileMark {
    return { bytes: this.bytes, hash: this.hash.copy() };
  }

  /** Removes what came after the mark. @throws OutputFileError */
  async takeBack({ bytes, hash }: PartialFileMark): Promise<void> {
    await refusing(this.target, () => this.handle.truncate(bytes));
    this.bytes = bytes;
    this.hash = hash;
  }

  /** Closes the file and keeps what came. An empty file is deleted. */
  async close(): Promise<void> {
    await this.handle.close();
    if (this.bytes === 0) await rm(partPath(this.target, this.file), { force: true });
  }

  /**
   * Closes the complete file. If its checksum is right, the file gets its final name; else it is deleted.
   * @returns whether the checksum was right
   * @throws OutputFileError
   */
  async finish(): Promise<boolean> {
    const part = partPath(this.target, this.file);
    const isRight = this.hash.digest('hex') === this.file.checksum.digest;
    await refusing(this.target, async () => {
      await this.handle.truncate(this.file.size);
      // Writes to the disk before the file gets its name. Otherwise a loss of power would leave an empty file of that name.
      if (isRight) await this.handle.sync();
      await this.handle.close();
      await (isRight ? rename(part, this.target) : rm(part, { force: true }));
    });
    return isRight;
  }
}

function newHash({ checksum, size }: HubFile): Hash {
  return checksum.algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

async function hashed(handle: FileHandle, file: HubFile, length: number): Promise<Hash> {
  const hash = newHash(file);
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, length)));
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, length - done), done);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return hash;
}

async function refusing<T>(target: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OutputFileError(`${target} could not be written (${why}).`, { cause });
  }
}
