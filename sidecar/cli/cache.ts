import path from 'node:path';
import type { Command } from 'commander';
import { savesFolder } from '../engine/run-saver';
import { cacheFolder } from '../files/cache-folder';
import { ownedFiles } from '../files/owned-files';
import { addStorageCommand, type StoredItem } from './storage-command';

/** Adds `zipar cache`: what this program keeps to be faster, and the runs that saved themselves. */
export function addCacheCommand(zipar: Command): void {
  addStorageCommand(zipar, {
    name: 'cache',
    description: 'list what is kept on the disk with sizes: packed weights, saved runs, measured times',
    folder: cacheFolder,
    items: cachedItems,
  });
}

async function cachedItems(): Promise<readonly StoredItem[]> {
  const cache = cacheFolder();
  const saves = savesFolder() ?? path.join(cache, 'runs');
  const folders = [
    { folder: path.join(cache, 'packed'), prefix: 'packed/', what: 'packed weights' },
    { folder: saves, prefix: 'runs/', what: 'saved run' },
    { folder: cache, prefix: '', what: 'measured times' },
  ];
  const found = await Promise.all(
    folders.map(async ({ folder, prefix, what }) => {
      const files = await ownedFiles(folder);
      return files
        .filter(({ name }) => prefix !== '' || !['packed', 'runs'].includes(name))
        .map(({ name, file, bytes }) => ({
          ...{ name: prefix + name, what, file, bytes },
          place: { folder, entry: name },
        }));
    }),
  );
  return found.flat();
}
