import { lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { sentence, SentenceError } from '../protocol/sentence';

/** A file or folder that this program made in one of its own folders. */
export interface OwnedFile {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** Bytes of the file, or of all files in the folder. What a link leads to does not count. */
  readonly bytes: number;
}

/** The entry is not directly in the folder that it must be in. */
class OwnedFileError extends SentenceError {
  override readonly name = 'OwnedFileError';
}

/** The entries of a folder by name; none when there is no such folder. Locks of running processes are left out. */
export async function ownedFiles(folder: string): Promise<readonly OwnedFile[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names
    .filter((name) => !name.endsWith('.lock') && !name.endsWith('.tmp'))
    .sort()
    .map(async (name) => {
      const file = path.join(folder, name);
      return { name, file, bytes: await bytesOf(file) };
    });
  return Promise.all(files);
}

/**
 * Deletes an entry of a folder, with all that is in it. A link is deleted itself; what it leads to stays.
 * @throws OwnedFileError when the name leads out of the folder; the system's error when the entry cannot be deleted
 */
export async function removeOwned(folder: string, name: string): Promise<void> {
  const file = path.resolve(folder, name);
  if (path.dirname(file) !== path.resolve(folder))
    throw new OwnedFileError(sentence`${name} does not lie in ${folder}, so it is not deleted.`);
  await rm(file, { recursive: true, force: true });
}

async function bytesOf(file: string): Promise<number> {
  const found = await lstat(file).catch(() => undefined);
  if (!found) return 0;
  if (!found.isDirectory()) return found.isFile() ? found.size : 0;
  const names = await readdir(file).catch(() => []);
  const sizes = await Promise.all(names.map((name) => bytesOf(path.join(file, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
