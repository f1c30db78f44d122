import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { FAMILIES } from './families';
import type { FolderContent, ModelFamily, WeightFileContent } from './family';
import { ModelError } from './model-error';
import { parseModelJson, readModelText } from './model-text';
import { TensorShapes } from './tensor-shapes';
import { ENDINGS, isShardName, isWeightFileName, mayHoldWeights, stemOf } from './weight-file-names';
import { openWeights } from './weights/open-weights';
import { WeightsError } from './weights/weights-error';
import { withoutWrapperNames } from './wrapper-names';
import { sentence } from '../protocol/sentence';

/** Files that are opened at most. Trainers leave fewer files behind. */
const MAX_FILES = 1000;

const CONFIG_FILE = 'config.json';
/** Bytes of a config at most. A usual config has some kB; one with a vocabulary has 5 MB. */
const MAX_CONFIG_BYTES = 32 << 20;
/** Levels of objects in a config at most. */
const MAX_CONFIG_DEPTH = 16;

/** Opens a weight file. @throws WeightsError when the file is missing or damaged */
export async function openWeightFile(
  folder: string,
  name: string,
  families: readonly ModelFamily[] = FAMILIES,
): Promise<WeightFileContent> {
  return recognised(folder, name, await configBeside(folder), families);
}

async function recognised(
  folder: string,
  name: string,
  config: unknown,
  families: readonly ModelFamily[],
): Promise<WeightFileContent> {
  const file = path.join(folder, name);
  const shapes = new TensorShapes(file, withoutWrapperNames(await openWeights(file), file));
  for (const family of families) {
    const holds = family.recognise({ shapes, stem: stemOf(name), config });
    if (holds) return { name, holds, family, shapes };
  }
  return { name, holds: undefined, family: undefined, shapes };
}

/** The parsed config beside weights; undefined when there is none, or it is no JSON. */
export async function configBeside(folder: string): Promise<unknown> {
  const file = path.join(folder, CONFIG_FILE);
  try {
    return parseModelJson(await readModelText(file, MAX_CONFIG_BYTES), file, MAX_CONFIG_DEPTH);
  } catch {
    return undefined; // the family that needs the config says what is wrong with it
  }
}

/**
 * Reads the contents of every weight file in a folder.
 * @throws ModelError when the folder has too many weight files
 */
export async function lookIntoFolder(
  folder: string,
  families: readonly ModelFamily[] = FAMILIES,
): Promise<FolderContent> {
  const names = await readdir(folder);
  const config = await configBeside(folder);
  const usual = await lookInto(folder, usualNames(names), config, families);
  const found = new Set(usual.files.map(({ holds }) => holds));
  if (found.has('transformer') && found.has('image decoder')) return usual;
  const others = await lookInto(folder, otherNames(names), config, families);
  return {
    files: [...usual.files, ...others.files.filter(({ holds }) => !found.has(holds))],
    problems: [...usual.problems, ...others.problems],
  };
}

async function lookInto(
  folder: string,
  names: readonly string[],
  config: unknown,
  families: readonly ModelFamily[],
): Promise<FolderContent> {
  if (names.length > MAX_FILES)
    throw new ModelError(
      sentence`${folder} holds ${names.length} weight files, too many to look into; name the file itself.`,
    );
  const files: WeightFileContent[] = [];
  const problems: WeightsError[] = [];
  for (const name of names) {
    try {
      files.push(await recognised(folder, name, config, families));
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error;
      problems.push(error);
    }
  }
  return { files, problems };
}

function usualNames(names: readonly string[]): string[] {
  const weights = names.filter((name) => isWeightFileName(name) && !isShardName(name)).sort();
  const byStem = new Map<string, string>();
  for (const ending of ENDINGS) {
    for (const name of weights) {
      const stem = stemOf(name);
      if (name === stem + ending && !byStem.has(stem)) byStem.set(stem, name);
    }
  }
  return [...byStem.values()];
}

/** Names with a general ending, or with an ending in upper case. */
function otherNames(names: readonly string[]): string[] {
  return names.filter((name) => mayHoldWeights(name) && !isWeightFileName(name) && !isShardName(name)).sort();
}
