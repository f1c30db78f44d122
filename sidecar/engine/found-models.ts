import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readModelFolder, summarise, type ModelFolder } from '../model/model-folder';
import { ModelError } from '../model/model-error';
import { lookIntoFolder } from '../model/weight-files';
import { WeightsError } from '../model/weights/weights-error';
import { VocabularyError } from '../prompt/word-vocabulary';
import type { AddedModel, AddedModels } from '../protocol';
import { inEnglish } from '../protocol/sentence';

/** The number of levels of subfolders that are searched. Repositories seldom keep weights in deeper folders. */
const MAX_DEPTH = 2;
/** The largest number of subfolders that are searched, so that the search in a large folder does not take minutes. */
const MAX_SUBFOLDERS = 200;

/**
 * Finds the models in a folder. If the folder itself is a model, the result is only this model. If the folder is not a model
 * but holds several transformers, each of them is a model, named by its file. Then the subfolders are searched in the same way.
 * @param file a folder, or one weight file
 */
export async function foundModels(file: string): Promise<AddedModels> {
  const folder = path.resolve(file);
  const whole = await describe(folder);
  if (typeof whole !== 'string') return { folder, models: [whole], problems: [] };
  const each = await describeTransformers(folder, whole);
  for (const subfolder of await subfolders(folder)) {
    const model = await describe(subfolder);
    each.push(...(typeof model === 'string' ? await describeTransformers(subfolder, model) : [model]));
  }
  if (each.length === 0) return { folder, models: [], problems: [whole] };
  return {
    folder,
    models: each.filter((model) => typeof model !== 'string'),
    problems: each.filter((problem) => typeof problem === 'string'),
  };
}

/**
 * The models of a folder that is not a model itself: one for each of its transformers.
 * @param problem a sentence that says why the folder is not a model
 */
async function describeTransformers(folder: string, problem: string): Promise<(AddedModel | string)[]> {
  const transformers = await transformerFiles(folder);
  if (transformers.length === 1) return [problem];
  const each: (AddedModel | string)[] = [];
  for (const name of transformers) each.push(await describe(path.join(folder, name)));
  return each;
}

/** The absolute paths of the subfolders, level by level. Hidden folders and links are left out. */
async function subfolders(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  let level = [folder];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const below = await Promise.all(level.map(foldersIn));
    level = below.flat().slice(0, MAX_SUBFOLDERS - found.length);
    found.push(...level);
  }
  return found;
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => path.join(folder, name))
    .sort();
}

/** The model in a file or folder, or a sentence that says why there is no model. */
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
  const { noPicture } = model;
  const { name, folder, condition, classes, grid, imageSize } = await summarise(model, undefined);
  return {
    name,
    path: folder,
    condition,
    classes,
    grid,
    imageSize,
    noPicture: noPicture === undefined ? null : inEnglish(noPicture),
  };
}

async function transformerFiles(folder: string): Promise<readonly string[]> {
  try {
    const { files } = await lookIntoFolder(folder);
    return files.filter(({ holds }) => holds === 'transformer').map(({ name }) => name);
  } catch {
    return []; // not a readable folder: `describe` has already said what is wrong
  }
}
