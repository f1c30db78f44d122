import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Variables that name drivers to Vulkan's loader, besides the folders that it searches. */
const VARIABLES = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES'];

/**
 * Whether Vulkan's loader on Linux would find any driver (an "ICD manifest"). Without a driver there is no GPU, and no
 * process has to be started to learn this. "Driver interface to the Vulkan loader" says where drivers are listed
 * (github.com/KhronosGroup/Vulkan-Loader, docs/LoaderDriverInterface.md).
 * @param system folders that are searched besides those of the environment
 */
export async function hasVulkanDriver(env: NodeJS.ProcessEnv, system = SYSTEM_FOLDERS): Promise<boolean> {
  if (VARIABLES.some((name) => (env[name] ?? '') !== '')) return true;
  for (const folder of [...system, ...userFolders(env)]) {
    const files = await readdir(folder).catch(() => []);
    if (files.some((file) => file.endsWith('.json'))) return true;
  }
  return false;
}

/** Folders of the system. The last one belongs to NixOS. */
const SYSTEM_FOLDERS = ['/etc', '/usr/local/etc', '/run/opengl-driver/share'].map(manifestFolder);

function manifestFolder(folder: string): string {
  return path.join(folder, 'vulkan/icd.d');
}

function userFolders(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME ?? '/';
  const list = (value: string | undefined, otherwise: string): string[] =>
    (value === undefined || value === '' ? otherwise : value).split(':');
  return [
    ...list(env.XDG_CONFIG_HOME, path.join(home, '.config')),
    ...list(env.XDG_CONFIG_DIRS, '/etc/xdg'),
    ...list(env.XDG_DATA_HOME, path.join(home, '.local/share')),
    ...list(env.XDG_DATA_DIRS, '/usr/local/share:/usr/share'),
  ].map(manifestFolder);
}
