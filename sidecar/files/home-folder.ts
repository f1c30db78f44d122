import { lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { sentence, SentenceError } from '../protocol/sentence';

/** There is no home folder, and no private folder can take its place. The message says what to do. */
export class HomeFolderError extends SentenceError {
  override readonly name = 'HomeFolderError';
}

/**
 * The user's home folder, absolute. A user may have none, for example in a container that runs with a bare user id. Such a
 * user gets a private folder among the temporary files, and this function makes it.
 * @throws HomeFolderError when the private folder belongs to another user
 */
export function homeFolder(): string {
  return absolute(homedir) ?? absolute(() => userInfo().homedir) ?? privateFolder();
}

/** The path, if it is absolute. `HOME` may be empty or relative. For a user whom the system does not know, both ways throw. */
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
    // Any user may have made a folder, or a link, of that name.
    if (found.isDirectory() && found.uid === user && (found.mode & 0o077) === 0) return folder;
  } catch (cause) {
    throw noPlace(folder, cause);
  }
  throw noPlace(folder);
}

function noPlace(folder: string, cause?: unknown): HomeFolderError {
  return new HomeFolderError(
    sentence`There is no home folder, and ${folder} cannot be used instead. Set HOME, or name a folder for packed weights with ZIPAR_CACHE.`,
    { cause },
  );
}
