import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';

/** A file that could not be written: the message names it and says why. Nothing of it is on the disk. */
export class OutputFileError extends Error {
  override readonly name = 'OutputFileError';
}

/**
 * Writes beside the target and renames, so that a half-written file is never seen under its name.
 * @param chunks the file's bytes in order; may be computed as they are written
 * @throws OutputFileError when the file cannot be written; what `chunks` throws
 */
export async function writeWholeFile(
  file: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  const handle = await refusing(file, () => open(temporary, 'wx'));
  try {
    try {
      for await (const chunk of chunks) await refusing(file, () => writeAll(handle, chunk));
    } finally {
      await handle.close();
    }
    await refusing(file, () => rename(temporary, file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
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
    throw new OutputFileError(
      `${file} could not be written (${cause instanceof Error ? cause.message : String(cause)}).`,
      { cause },
    );
  }
}
