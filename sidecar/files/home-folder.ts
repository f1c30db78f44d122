import { lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';

/** There is neither a home folder nor a private place instead; the message says what to do. */
export class HomeFolderError extends Error {
  override readonly name = 'HomeFolderError';
}

/**
 * The user's home folder, absolute. A user without one, as in a container that is run with a bare user id, gets a private
 * folder among the temporary files. That folder is made here.
 * @throws HomeFolderError when that folder belongs to another user
 */
export function homeFolder(): string {
  return absolute(homedir) ?? absolute(() => userInfo().homedir) ?? privateFolder();
}

/** `HOME` may be empty or relative; for a user whom the system does not know, both ways throw. */
function absolute(ask: () => string): string | undefined {
  try {
    const folder = ask();
    return path.isAbsolute(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function privateFolder(): string {
  const user = process.getuid?.() ?? 0;
  const folder = path.join(tmpdir(), `zipar-studio-${user}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = lstatSync(folder);
    // Anyone may have made a folder, or a link, of that name.
    if (found.isDirectory() && found.uid === user && (found.mode & 0o077) === 0) return folder;
  } catch (cause) {
    throw noPlace(folder, cause);
  }
  throw noPlace(folder);
}

function noPlace(folder: string, cause?: unknown): HomeFolderError {
  return new HomeFolderError(
    `There is no home folder, and ${folder} cannot be used instead. Set HOME, or name a folder for packed weights with ZIPAR_CACHE.`,
    { cause },
  );
}
