import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { CODEBOOK_TENSOR } from './infer-vq';
import { TRANSFORMER_TENSOR } from './llamagen/infer-transformer';
import { TensorShapes } from './tensor-shapes';
import { openWeights } from './weights/open-weights';
import { WeightsError } from './weights/weights-error';

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
  /** Why others could not be read. */
  readonly problems: readonly WeightsError[];
}

/** Endings of weight files; of files that differ in the ending only, the first in this order is taken. */
const ENDINGS = ['.safetensors.index.json', '.safetensors', '.pt', '.pth'];
/** A part of a sharded checkpoint, which its index speaks for. */
const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;

/** Whether a file of that name can hold weights. */
export function isWeightFileName(name: string): boolean {
  return stemOf(name) !== name;
}

/** The file's name without the ending of a weight file: what a published checkpoint is known by. */
export function stemOf(name: string): string {
  const ending = ENDINGS.find((known) => name.endsWith(known));
  return ending === undefined ? name : name.slice(0, -ending.length);
}

/** @throws WeightsError when the file is missing or damaged */
export async function openWeightFile(folder: string, name: string): Promise<WeightFileContent> {
  const file = path.join(folder, name);
  const shapes = new TensorShapes(file, await openWeights(file));
  if (shapes.has(TRANSFORMER_TENSOR)) return { name, holds: 'transformer', shapes };
  return { name, holds: shapes.has(CODEBOOK_TENSOR) ? 'image decoder' : 'neither', shapes };
}

/** Looks into every weight file of a folder. */
export async function lookIntoFolder(folder: string): Promise<FolderContent> {
  const files: WeightFileContent[] = [];
  const problems: WeightsError[] = [];
  for (const name of await weightFileNames(folder)) {
    try {
      files.push(await openWeightFile(folder, name));
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error;
      problems.push(error);
    }
  }
  return { files, problems };
}

async function weightFileNames(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => isWeightFileName(name) && !SHARD.test(name)).sort();
  const byStem = new Map<string, string>();
  for (const ending of ENDINGS) {
    for (const name of names) {
      const stem = stemOf(name);
      if (name === stem + ending && !byStem.has(stem)) byStem.set(stem, name);
    }
  }
  return [...byStem.values()];
}
