import { randomBytes } from 'node:crypto';
import { link, lstat, mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { systemReason } from './system-reason';
import { sentence, SentenceError } from '../protocol/sentence';

/** A file could not be written. The message names the file and says why. No part of it is on the disk. */
export class OutputFileError extends SentenceError {
  override readonly name = 'OutputFileError';
}

type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Free bytes that a disk must have before any work is done for a file. */
const TRIAL_BYTES = 4096;

/**
 * Writes a file beside the target and renames it, so that no reader ever sees a half-written file under that name. An
 * existing file of that name is replaced.
 * @param chunks the file's bytes in order; may be computed while they are written
 * @throws OutputFileError when the file cannot be written; what `chunks` throws
 */
export async function writeWholeFile(file: string, chunks: Chunks): Promise<void> {
  await writeBeside(file, chunks, (temporary) => rename(temporary, file));
}

/**
 * Writes a whole file unless its name is taken. It never replaces a file, even when several processes want the same name at
 * once.
 * @returns false when the name is taken
 * @throws OutputFileError when the file cannot be written; what `chunks` throws
 */
export async function writeNewFile(file: string, chunks: Chunks): Promise<boolean> {
  if (await refusing(file, () => exists(file))) return false;
  return writeBeside(file, chunks, (temporary) => takesName(temporary, file));
}

/**
 * Refuses a file that could not be written, before the work for it is done. It writes a small file beside it, and removes
 * the small file.
 * @throws OutputFileError
 */
export async function checkCanWrite(file: string): Promise<void> {
  // Only the use of the name itself shows whether the name is too long.
  await refusing(file, () => exists(file));
  await writeBeside(file, [new Uint8Array(TRIAL_BYTES)], () => Promise.resolve());
}

/**
 * Makes a folder, and the folders above it, unless it exists.
 * @throws OutputFileError
 */
export async function makeFolder(folder: string): Promise<void> {
  await refusing(folder, () => mkdir(folder, { recursive: true }));
}

/** Whether the name exists. A link that leads nowhere also counts. */
async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** @param place puts the temporary file where it belongs; a temporary file that is still there afterwards is removed */
async function writeBeside<T>(
  file: string,
  chunks: Chunks,
  place: (temporary: string) => Promise<T>,
): Promise<T> {
  // The name is short: the target's own name may be as long as the file system allows.
  const temporary = path.join(path.dirname(file), `.zipar-${randomBytes(6).toString('hex')}.tmp`);
  const handle = await refusing(file, () => open(temporary, 'wx'));
  try {
    try {
      for await (const chunk of chunks) await refusing(file, () => writeAll(handle, chunk));
    } finally {
      await refusing(file, () => handle.close());
    }
    return await refusing(file, () => place(temporary));
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Gives a file a name. @returns false when the name is taken */
async function takesName(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
  }
  // This file system has no hard links, such as FAT. So the name is claimed first.
  try {
    await (await open(file, 'wx')).close();
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await rename(temporary, file);
  return true;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    done += (await handle.write(bytes, done, bytes.byteLength - done)).bytesWritten;
  }
}

async function refusing<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof OutputFileError) throw cause;
    throw new OutputFileError(sentence`${file} could not be written: ${systemReason(cause)}.`, { cause });
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
