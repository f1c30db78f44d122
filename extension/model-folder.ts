import * as path from 'node:path';
import { expandPath, UnresolvedPathError, type PathSurroundings } from './path-variables';

/**
 * A folder from a setting as an absolute path. `~` is the home folder, and variables are replaced. A relative path starts
 * at the workspace's first folder.
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

/** Whether `ziparStudio.model` names a folder rather than a known model. */
export function looksLikePath(model: string): boolean {
  return /^[~.]|[\\/]|^\$\{/.test(model);
}
