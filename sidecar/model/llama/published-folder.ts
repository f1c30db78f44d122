import path from 'node:path';
import { exists } from '../../files/exists';
import type { ManifestKeys, ModelFamily, ModelSource, WeightFileContent } from '../family';
import { modelFields, type Fields } from '../json-fields';
import { ModelError } from '../model-error';
import { parseModelJson, readModelText } from '../model-text';
import { sentence } from '../../protocol/sentence';

/** The largest size of a JSON file, in bytes. The largest published one has 6 MB, because it contains a vocabulary. */
const MAX_BYTES = 32 << 20;

/** The family's own part of a manifest, for a family whose models are recognised by their published files. */
export interface PublishedKeys extends ManifestKeys {
  /** The name of a weight file in the model's folder. When absent, the program looks for the file (`weightFileOf`). */
  readonly weights: string | undefined;
}

/** Reads the family's own keys of a manifest: the name of the weight file. @throws ModelError */
export function parsePublishedKeys(fields: Fields): PublishedKeys {
  const weights = fields.present('weights', (name) => fields.fileName(name));
  return { weights, files: weights === undefined ? [] : [weights] };
}

/**
 * Finds the weight file of a model: the file that the user names, else the file that the manifest names. If neither names a
 * file, it is the first transformer of this family in the folder, or else the first image decoder of this family.
 * @throws ModelError when the folder or the named file has no weights of this family; WeightsError when a file is damaged
 */
export async function weightFileOf(
  source: ModelSource<PublishedKeys>,
  family: ModelFamily<PublishedKeys>,
): Promise<WeightFileContent> {
  if (source.namedFile) return source.namedFile;
  const named = source.keys?.weights;
  if (named !== undefined) {
    const file = await source.openFile(named);
    if (file.family?.name === family.name) return file;
    throw new ModelError(
      sentence`${path.join(source.folder, named)} holds no weights of ${family.title}; correct "weights" in the manifest.`,
    );
  }
  const { files, problems } = await source.weightFiles();
  const own = files.filter((file) => file.family?.name === family.name);
  const found = own.find(({ holds }) => holds === 'transformer') ?? own[0];
  if (found) return found;
  throw problems[0] ?? new ModelError(sentence`${source.folder} holds no weights of ${family.title}.`);
}

/** Reads the fields of `config.json`. @throws ModelError when the file is missing or is not a JSON object */
export async function readConfig(folder: string): Promise<Fields> {
  const config = await readOptional(folder, 'config.json');
  if (config) return config;
  throw new ModelError(
    sentence`${path.join(folder, 'config.json')} is missing, so the sizes of the model are not known; download it into that folder.`,
  );
}

/** Reads the fields of a JSON file; undefined when the file is missing. @throws ModelError when it is not a JSON object */
export async function readOptional(folder: string, name: string): Promise<Fields | undefined> {
  const file = path.join(folder, name);
  if (!(await exists(file))) return undefined;
  return modelFields(parseModelJson(await readModelText(file, MAX_BYTES), file), file);
}
