import { platform } from 'node:os';
import path from 'node:path';
import { homeFolder } from '../files/home-folder';

/**
 * Where downloaded models lie, a folder `owner--name` each: below the folder that the system keeps programs' data in.
 * The command line and the extension share it.
 */
export function modelsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return path.join(dataFolder(environment), 'zipar-studio', 'models');
}

/** XDG base directory specification; the platform's own elsewhere. A relative path in the environment is ignored, as the specification says. */
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
