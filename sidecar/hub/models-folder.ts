import { platform } from 'node:os';
import path from 'node:path';
import { homeFolder } from '../files/home-folder';

/**
 * The folder of the downloaded models, each in a folder `owner--name`. It lies below the folder that the system keeps
 * programs' data in. The command line and the extension share it.
 */
export function modelsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return path.join(dataFolder(environment), 'zipar-studio', 'models');
}

/**
 * The folder for data: by the XDG base directory specification, or the platform's own. The specification says to ignore a
 * relative path in the environment.
 */
function dataFolder({ XDG_DATA_HOME: xdg, LOCALAPPDATA: local }: NodeJS.ProcessEnv): string {
  if (xdg !== undefined && path.isAbsolute(xdg)) return xdg;
  if (platform() === 'win32')
    return local !== undefined && path.isAbsolute(local)
      ? local
      : path.join(homeFolder(), 'AppData', 'Local');
  return platform() === 'darwin'
    ? path.join(homeFolder(), 'Library', 'Application Support')
    : path.join(homeFolder(), '.local', 'share');
}
