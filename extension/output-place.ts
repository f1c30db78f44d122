import { constants } from 'node:fs';
import { access, lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

/** Reasons why a folder cannot, or must not, be written to. */
export type PlaceProblem =
  /** `link` leads to `target` outside the workspace; `target` is undefined if the link is broken. */
  | { readonly kind: 'leads-out'; readonly link: string; readonly target: string | undefined }
  | { readonly kind: 'no-folder'; readonly path: string }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'not-writable'; readonly path: string };

/**
 * Checks a folder that is to be written to, and follows the links on the way. The folder may not exist yet. Links may come with
 * a cloned workspace, so they must not lead out of it. Changes nothing.
 * @param root absolute path of the workspace folder
 * @param segments names of the folders from the root to the place
 * @param roots absolute paths of all workspace folders
 */
export async function problemWithPlace(
  root: string,
  segments: readonly string[],
  roots: readonly string[],
): Promise<PlaceProblem | undefined> {
  const inside = await Promise.all([root, ...roots].map(real));
  let place = root;
  for (const segment of segments) {
    const next = path.join(place, segment);
    const found = await lookAt(next);
    if (found === 'forbidden') return { kind: 'not-writable', path: place };
    if (found === 'nothing') break;
    if (found.isSymbolicLink()) {
      const target = await real(next);
      if (target === undefined || !inside.some((folder) => folder !== undefined && isIn(target, folder)))
        return { kind: 'leads-out', link: next, target };
    }
    place = next;
  }
  const end = await stat(place).catch(() => undefined);
  if (!end) return { kind: 'missing', path: place };
  if (!end.isDirectory()) return { kind: 'no-folder', path: place };
  const isWritable = await access(place, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return isWritable ? undefined : { kind: 'not-writable', path: place };
}

/** Returns information about the entry of this name, even if it is a broken link. */
async function lookAt(file: string) {
  try {
    return await lstat(file);
  } catch (error) {
    return isErrno(error, 'ENOENT', 'ENOTDIR') ? 'nothing' : 'forbidden';
  }
}

/** Resolves a path's links; undefined if the path leads to nothing. */
async function real(file: string): Promise<string | undefined> {
  return realpath(file).catch(() => undefined);
}

function isIn(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

/** Whether an error of Node.js has one of these codes. */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  );
}
