import { randomBytes } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from './output-place';

const MOST_SAME_NAMES = 1000;

/** Error codes of a file system without hard links, such as a memory card's. */
const NO_LINKS = ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'UNKNOWN', 'EINVAL'];

/**
 * Writes a whole new file on a disk under a free name. It never changes an existing file. This holds even when two windows
 * write at once, or when the name is a broken link.
 * @param nameOf the names to try: the first, the second …
 * @returns the path of the file; undefined when all names are taken
 */
export async function writeNewFile(
  folder: string,
  nameOf: (attempt: number) => string,
  bytes: Uint8Array,
): Promise<string | undefined> {
  const temporary = path.join(folder, `.zipar-${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeTo(temporary, bytes);
    for (let attempt = 1; attempt <= MOST_SAME_NAMES; attempt++) {
      const file = path.join(folder, nameOf(attempt));
      if (await publish(temporary, file, bytes)) return file;
    }
    return undefined;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Gives the finished file its name; false when the name is taken. */
async function publish(temporary: string, file: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    if (!isErrno(error, ...NO_LINKS)) throw error;
  }
  try {
    await writeTo(file, bytes);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

async function writeTo(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}
