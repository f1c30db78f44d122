import path from 'node:path';
import { exists } from '../../files/exists';
import type { ManifestKeys, ModelFamily, ModelSource, WeightFileContent } from '../family';
import { modelFields, type Fields } from '../json-fields';
import { ModelError } from '../model-error';
import { parseModelJson, readModelText } from '../model-text';

/** Bytes of a description at most. A config with a vocabulary has 6 MB. */
const MAX_BYTES = 32 << 20;

/** The part of a manifest of a model that is recognised by its published files. */
export interface PublishedKeys extends ManifestKeys {
  /** File of the transformer in the model's folder; the published one when absent. */
  readonly weights: string | undefined;
}

/** Reads the family's own keys of a manifest: the name of the weight file. @throws ModelError */
export function parsePublishedKeys(fields: Fields): PublishedKeys {
  const weights = fields.present('weights', (name) => fields.fileName(name));
  return { weights, files: weights === undefined ? [] : [weights] };
}

/**
 * The weight file of a model. The one that the user or the manifest names comes first. Then come the transformers of the
 * folder, then its image decoders.
 * @throws ModelError when there is none; WeightsError when it is damaged
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
      `${path.join(source.folder, named)} holds no weights of ${family.title}; correct "weights" in the manifest.`,
    );
  }
  const { files, problems } = await source.weightFiles();
  const own = files.filter((file) => file.family?.name === family.name);
  const found = own.find(({ holds }) => holds === 'transformer') ?? own[0];
  if (found) return found;
  throw problems[0] ?? new ModelError(`${source.folder} holds no weights of ${family.title}.`);
}

/** The fields of `config.json`. @throws ModelError when the file is missing or no JSON object */
export async function readConfig(folder: string): Promise<Fields> {
  const config = await readOptional(folder, 'config.json');
  if (config) return config;
  throw new ModelError(
    `${path.join(folder, 'config.json')} is missing, so the sizes of the model are not known; download it into that folder.`,
  );
}

/** The fields of a JSON file; undefined when there is no such file. @throws ModelError */
export async function readOptional(folder: string, name: string): Promise<Fields | undefined> {
  const file = path.join(folder, name);
  if (!(await exists(file))) return undefined;
  return modelFields(parseModelJson(await readModelText(file, MAX_BYTES), file), file);
}
