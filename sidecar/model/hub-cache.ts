import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { InputFileError, readTextFile } from '../files/input-file';
import { ModelError } from './model-error';
import { MANIFEST_FILE } from './manifest-file';
import { isWeightFileName } from './weight-file-names';
import { sentence } from '../protocol/sentence';

/** The name of a model's folder in the cache of huggingface_hub: `models--owner--name`. */
const CACHED_MODEL = /^models--(.+)$/;
const MAX_REFERENCE_BYTES = 1000;
const MAX_NAMED = 10;

/**
 * Finds the model's files where a folder is the hub's cache of a model, `models--owner--name`
 * (https://huggingface.co/docs/huggingface_hub/guides/manage-cache). The files are those of the main branch, otherwise those
 * of the only snapshot.
 * @param place absolute path of a file or folder
 * @returns the snapshot's folder; `place` itself when it is no such cache
 * @throws ModelError when the cache holds no snapshot, or several and the main branch has none.
 * ModelError when `place` is the cache of all models. The message says which folder to name.
 */
export async function resolveHubCache(place: string): Promise<string> {
  const names = await namesIn(place);
  if (names.some((name) => name === MANIFEST_FILE || isWeightFileName(name))) return place;
  if (names.includes('snapshots') && (names.includes('refs') || names.includes('blobs')))
    return snapshotOf(place);
  const models = names.filter((name) => CACHED_MODEL.test(name));
  if (models.length === 0) return place;
  const more = models.length > MAX_NAMED ? sentence`, and ${models.length - MAX_NAMED} more` : '';
  throw new ModelError(
    sentence`${place} is a cache of models; name one of its folders: ${models.slice(0, MAX_NAMED).join(', ')}${more}.`,
  );
}

/**
 * The name of a model in a folder: the cache's name if the folder lies in a cache, otherwise the folder's.
 * @param folder absolute
 */
export function folderName(folder: string): string {
  const [cache = '', snapshots] = folder.split(path.sep).slice(-3);
  const cached = snapshots === 'snapshots' ? CACHED_MODEL.exec(cache)?.[1] : undefined;
  return cached?.split('--').at(-1) ?? path.basename(folder);
}

async function snapshotOf(cache: string): Promise<string> {
  const folder = path.join(cache, 'snapshots');
  const snapshots = await namesIn(folder);
  const main = await readReference(path.join(cache, 'refs', 'main'));
  const [first, ...others] = snapshots;
  if (first === undefined)
    throw new ModelError(
      sentence`${cache} holds no snapshot of the model; download it again, or name another folder.`,
    );
  if (main !== undefined && snapshots.includes(main)) return checkedFolder(path.join(folder, main));
  if (others.length === 0) return checkedFolder(path.join(folder, first));
  throw new ModelError(
    sentence`${cache} holds several snapshots and does not say which is the main one; name one of them: ${snapshots
      .slice(0, MAX_NAMED)
      .map((name) => path.join(folder, name))
      .join(', ')}.`,
  );
}

/** Names in a folder, sorted, without hidden ones; empty when it is no folder. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.filter((name) => !name.startsWith('.')).sort();
}

async function checkedFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return folder;
  throw new ModelError(sentence`${folder} is no folder of a model; download the model again.`);
}

/** The commit of a branch in the cache; undefined when the file does not name a commit. */
async function readReference(file: string): Promise<string | undefined> {
  try {
    return (await readTextFile(file, MAX_REFERENCE_BYTES)).trim();
  } catch (error) {
    if (error instanceof InputFileError) return undefined;
    throw error;
  }
}
