import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { CODEBOOK_TENSOR } from './infer-vq';
import { TRANSFORMER_TENSOR } from './llamagen/infer-transformer';
import { ModelError } from './model-error';
import { TensorShapes } from './tensor-shapes';
import { openWeights } from './weights/open-weights';
import { WeightsError } from './weights/weights-error';
import { withoutWrapperNames } from './wrapper-names';

/** A weight file of a folder, and what it holds. */
export interface WeightFileContent {
  /** File name in the folder. */
  readonly name: string;
  readonly holds: 'transformer' | 'image decoder' | 'neither';
  readonly shapes: TensorShapes;
}

/** The weight files of a folder. */
export interface FolderContent {
  readonly files: readonly WeightFileContent[];
  /** Why some files could not be read. */
  readonly problems: readonly WeightsError[];
}

/** Endings of weight files. If files differ in the ending only, the first ending in this order is taken. */
const ENDINGS = ['.safetensors.index.json', '.safetensors', '.pt', '.pth'];
/** Endings that other kinds of files have, too. These files are read only where no other file holds weights. */
const GENERAL_ENDINGS = ['.bin', '.ckpt'];
/** The name of one part of a sharded checkpoint. Its index describes the part. */
const SHARD = /-\d{5}-of-\d{5}\.(?:safetensors|bin)$/i;
/** Files that are opened at most. Trainers leave fewer files behind. */
const MAX_FILES = 1000;

/** Whether a file of that name holds weights. */
export function isWeightFileName(name: string): boolean {
  return ENDINGS.some((ending) => name.endsWith(ending));
}

/** The file's name without the ending of a weight file. Published checkpoints are identified by it. */
export function stemOf(name: string): string {
  const lower = name.toLowerCase();
  const ending = [...ENDINGS, ...GENERAL_ENDINGS].find((known) => lower.endsWith(known));
  return ending === undefined ? name : name.slice(0, -ending.length);
}

/** Opens a weight file. @throws WeightsError when the file is missing or damaged */
export async function openWeightFile(folder: string, name: string): Promise<WeightFileContent> {
  const file = path.join(folder, name);
  const shapes = new TensorShapes(file, withoutWrapperNames(await openWeights(file), file));
  if (shapes.has(TRANSFORMER_TENSOR)) return { name, holds: 'transformer', shapes };
  return { name, holds: shapes.has(CODEBOOK_TENSOR) ? 'image decoder' : 'neither', shapes };
}

/**
 * Reads the contents of every weight file in a folder.
 * @throws ModelError when the folder has too many weight files
 */
export async function lookIntoFolder(folder: string): Promise<FolderContent> {
  const names = await readdir(folder);
  const usual = await lookInto(folder, usualNames(names));
  const found = new Set(usual.files.map(({ holds }) => holds));
  if (found.has('transformer') && found.has('image decoder')) return usual;
  const others = await lookInto(folder, otherNames(names));
  return {
    files: [...usual.files, ...others.files.filter(({ holds }) => !found.has(holds))],
    problems: [...usual.problems, ...others.problems],
  };
}

async function lookInto(folder: string, names: readonly string[]): Promise<FolderContent> {
  if (names.length > MAX_FILES)
    throw new ModelError(
      `${folder} holds ${names.length} weight files, too many to look into; name the file itself.`,
    );
  const files: WeightFileContent[] = [];
  const problems: WeightsError[] = [];
  for (const name of names) {
    try {
      files.push(await openWeightFile(folder, name));
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error;
      problems.push(error);
    }
  }
  return { files, problems };
}

function usualNames(names: readonly string[]): string[] {
  const weights = names.filter((name) => isWeightFileName(name) && !SHARD.test(name)).sort();
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
  return names.filter((name) => stemOf(name) !== name && !isWeightFileName(name) && !SHARD.test(name)).sort();
}
