import { posix } from 'node:path';
import { isWeightFileName, mayHoldWeights, shardedCheckpoint } from '../model/weight-file-names';
import type { HubFile } from './hub-repository';
import { imageDecodersOf, isBesideWeights, suggestedFiles } from './suggested-files';

/** Names of image decoders. */
const IMAGE_DECODER = /^vq[^/]*$/i;

/**
 * The files that the address of one file or folder of a repository means. For a file: that file and the files that it needs
 * to run. For a folder: what a model needs from it.
 * @param path in the repository, with `/`
 * @returns empty when the repository has no such file or folder
 */
export function addressedFiles(files: readonly HubFile[], path: string): readonly HubFile[] {
  const file = files.find((one) => one.path === path);
  if (file) return withWhatItNeeds(file, files);
  const folder = `${path.replace(/\/+$/, '')}/`;
  const inside = suggestedFiles(files.filter((one) => one.path.startsWith(folder)));
  const decoders = inside.flatMap((one) => imageDecodersOf(one.path, files));
  return files.filter((one) => inside.includes(one) || decoders.includes(one));
}

/** The file itself. For weights also the other parts, the small files in the same folder and the image decoder. */
function withWhatItNeeds(file: HubFile, files: readonly HubFile[]): readonly HubFile[] {
  if (!mayHoldWeights(file.path)) return [file];
  const neighbours = files.filter(({ path }) => posix.dirname(path) === posix.dirname(file.path));
  const decoders = imageDecodersOf(file.path, files);
  const needed = [
    file,
    ...neighbours.filter((other) => isPartOf(other.path, file.path) || isBesideWeights(other)),
    ...(decoders.length > 0 ? decoders : unpublishedDecoders(file, neighbours)),
  ];
  return files.filter((one) => needed.includes(one));
}

/** Whether both files are shards of one checkpoint, or a shard and its index. */
function isPartOf(path: string, other: string): boolean {
  const checkpoint = shardedCheckpoint(path);
  return checkpoint !== undefined && checkpoint === shardedCheckpoint(other);
}

/** Image decoders beside weights that are not a published file. Only the content of the weights could tell for certain. */
function unpublishedDecoders({ path }: HubFile, neighbours: readonly HubFile[]): readonly HubFile[] {
  if (IMAGE_DECODER.test(posix.basename(path))) return [];
  return neighbours.filter((other) => {
    return isWeightFileName(other.path) && IMAGE_DECODER.test(posix.basename(other.path));
  });
}
