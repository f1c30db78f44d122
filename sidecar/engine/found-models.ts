import { readModelFolder, summarise, type ModelFolder } from '../model/model-folder';
import { ModelError } from '../model/model-error';
import { lookIntoFolder } from '../model/weight-files';
import { WeightsError } from '../model/weights/weights-error';
import { VocabularyError } from '../prompt/word-vocabulary';
import type { AddedModel, AddedModels } from '../protocol';
import path from 'node:path';

/**
 * The models in a folder: the folder itself, or, where that holds several transformers, each of them by its file.
 * @param file a folder, or one weight file
 */
export async function foundModels(file: string): Promise<AddedModels> {
  const folder = path.resolve(file);
  const whole = await describe(folder);
  if (typeof whole !== 'string') return { folder, models: [whole], problems: [] };
  const transformers = await transformerFiles(folder);
  if (transformers.length < 2) return { folder, models: [], problems: [whole] };
  const each: (AddedModel | string)[] = [];
  for (const name of transformers) each.push(await describe(path.join(folder, name)));
  return {
    folder,
    models: each.filter((model) => typeof model !== 'string'),
    problems: each.filter((problem) => typeof problem === 'string'),
  };
}

/** The model, or why it is none. */
async function describe(file: string): Promise<AddedModel | string> {
  try {
    return await added(await readModelFolder(file));
  } catch (error) {
    if (error instanceof ModelError || error instanceof WeightsError || error instanceof VocabularyError)
      return error.message;
    throw error;
  }
}

async function added(model: ModelFolder): Promise<AddedModel> {
  const { name, folder, condition, classes, grid, imageSize } = await summarise(model, undefined);
  return { name, path: folder, condition, classes, grid, imageSize, noPicture: model.noPicture ?? null };
}

async function transformerFiles(folder: string): Promise<readonly string[]> {
  try {
    const { files } = await lookIntoFolder(folder);
    return files.filter(({ holds }) => holds === 'transformer').map(({ name }) => name);
  } catch {
    return []; // not a folder, or none that can be read: what is wrong has been said
  }
}
