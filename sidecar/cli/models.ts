import path from 'node:path';
import type { Command } from 'commander';
import { enginePaths } from '../engine-paths';
import { ownedFiles } from '../files/owned-files';
import { modelsFolder } from '../hub/models-folder';
import { addStorageCommand, type StoredItem } from './storage-command';

/** Adds `zipar models`: the models that ship, and those that `zipar add` downloaded. */
export function addModelsCommand(zipar: Command): void {
  addStorageCommand(zipar, {
    name: 'models',
    description: 'list the models that are here with sizes: shipped and downloaded',
    folder: modelsFolder,
    items: async () => [...(await shipped()), ...(await downloaded())],
  });
}

async function shipped(): Promise<readonly StoredItem[]> {
  const files = await ownedFiles(enginePaths().models);
  return files.map(({ name, file, bytes }) => ({ name, what: 'ships with this program', file, bytes }));
}

/** A downloaded repository `owner/name` lies in a folder `owner--name`. */
async function downloaded(): Promise<readonly StoredItem[]> {
  const folder = modelsFolder();
  const files = await ownedFiles(folder);
  return files.map(({ name, file, bytes }) => ({
    ...{ name: name.replace('--', '/'), what: `downloaded; --model ${path.join(folder, name)}`, file, bytes },
    place: { folder, entry: name },
  }));
}
