import path from 'node:path';
import type { FolderContent, ModelFamily, ModelSource } from './family';
import { MANIFEST_FILE } from './manifest-file';
import { lookIntoFolder, openWeightFile } from './weight-files';
import { sentence } from '../protocol/sentence';

/** What is known about a model before its folder is read. */
export type SourceFacts = Pick<
  ModelSource,
  'folder' | 'fallbackName' | 'said' | 'keys' | 'namedFile' | 'requestedGrid' | 'requestedImageDecoder'
>;

/**
 * The source of a model in a folder.
 * @param family for manifests that the user is told to write
 * @param families that may recognise its weight files
 * @param known the weight files, where the folder has been read already
 */
export function folderSource(
  facts: SourceFacts,
  family: ModelFamily,
  families: readonly ModelFamily[],
  known?: Promise<FolderContent>,
): ModelSource {
  const { folder, keys } = facts;
  let content = known;
  return {
    ...facts,
    weightFiles: () => (content ??= lookIntoFolder(folder, families)),
    elsewhere: (other) => folderSource({ ...facts, folder: other }, family, families),
    openFile: (name) => openWeightFile(folder, name, families),
    manifestHint: (fields) => {
      const file = path.join(folder, MANIFEST_FILE);
      return keys
        ? sentence`add it to ${file}, for example ${fields}`
        : sentence`say it in ${file}, for example {"format": "zipar-model", "version": 1, "family": "${family.name}", ${fields}}`;
    },
  };
}
