import path from 'node:path';
import { expandPath, UnresolvedPathError, type PathSurroundings } from './path-variables';

/**
 * Turns a folder of a setting into an absolute path. `~` means the home folder, and variables are replaced. A relative path
 * starts at the first workspace folder.
 * @throws UnresolvedPathError
 */
export function resolveModelFolder(
  setting: string,
  home: string | undefined,
  workspaceFolder: string | undefined,
  more: Partial<PathSurroundings> = {},
): string {
  const workspaceFolders =
    workspaceFolder === undefined ? [] : [{ name: path.basename(workspaceFolder), path: workspaceFolder }];
  const expanded = expandPath(setting, { home, workspaceFolders, environment: process.env, ...more });
  if (path.isAbsolute(expanded)) return path.normalize(expanded);
  if (workspaceFolder === undefined) throw new UnresolvedPathError({ kind: 'no-folder-open' });
  return path.resolve(workspaceFolder, expanded);
}

/** Whether `ziparStudio.model` is the path of a folder rather than the name of a known model. */
export function looksLikePath(model: string): boolean {
  return /^[~.]|[\\/]|^\$\{/.test(model);
}
