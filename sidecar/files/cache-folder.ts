import path from 'node:path';
import { homeFolder } from './home-folder';

/**
 * The folder for files that this program can make again, absolute: `ZIPAR_CACHE`, else the platform's place for caches
 * (specifications.freedesktop.org/basedir-spec; on Windows the local application data).
 * @throws HomeFolderError when the folder would be below a home folder, and there is none
 */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { ZIPAR_CACHE: chosen, LOCALAPPDATA: local, XDG_CACHE_HOME: xdg } = env;
  if (chosen !== undefined && chosen !== '') return path.resolve(chosen);
  if (platform === 'win32')
    return path.join(local ?? path.join(homeFolder(), 'AppData', 'Local'), 'zipar-studio');
  // The specification says to ignore a relative path.
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(homeFolder(), '.cache');
  return path.join(base, 'zipar-studio');
}
