import * as path from 'node:path';

/**
 * A folder from a setting as an absolute path: `~` is the home folder, a relative path starts at the workspace.
 * Undefined when there is no workspace folder to start at.
 */
export function resolveModelFolder(
  setting: string,
  home: string,
  workspaceFolder: string | undefined,
): string | undefined {
  if (/^~($|[\\/])/.test(setting)) return path.join(home, setting.slice(1));
  if (path.isAbsolute(setting)) return path.normalize(setting);
  return workspaceFolder === undefined ? undefined : path.resolve(workspaceFolder, setting);
}

/** Whether `ziparStudio.model` names a folder rather than a known model. */
export function looksLikePath(model: string): boolean {
  return /^[~.]|[\\/]/.test(model);
}
