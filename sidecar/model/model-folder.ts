import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelSummary } from '../protocol';
import { parseVocabulary, type WordVocabulary } from '../prompt/word-vocabulary';
import { ModelError } from './model-error';
import {
  MANIFEST_FILE,
  parseManifest,
  type ModelManifest,
  type TransformerManifest,
  type VqManifest,
} from './model-manifest';

/** A model folder whose manifest was read and found sound; its weights are not open yet. */
export interface ModelFolder {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: ModelManifest;
  /** The words of a word-conditioned model. */
  readonly vocabulary: WordVocabulary | undefined;
}

/** @throws ModelError when there is no such folder, no manifest, or a manifest that cannot be right */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const absolute = path.resolve(folder);
  const file = path.join(absolute, MANIFEST_FILE);
  const manifest = parseManifest(
    await readText(file, `${absolute} is no model folder: it holds no readable ${MANIFEST_FILE}.`),
    file,
  );
  const { condition } = manifest;
  if (condition.kind !== 'words') return { folder: absolute, manifest, vocabulary: undefined };
  const vocabularyFile = path.join(absolute, condition.vocabulary);
  const text = await readText(
    vocabularyFile,
    `${file}: the vocabulary ${vocabularyFile} cannot be read; fetch the model again.`,
  );
  return { folder: absolute, manifest, vocabulary: parseVocabulary(text, vocabularyFile) };
}

async function readText(file: string, problem: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new ModelError(problem, { cause });
  }
}

/** @throws ModelError when the folder has no transformer */
export function transformerOf({ manifest, folder }: ModelFolder): TransformerManifest {
  if (manifest.transformer) return manifest.transformer;
  throw new ModelError(
    `${folder} holds no transformer ("transformer" in its manifest), so it cannot generate; choose another model.`,
  );
}

/** @throws ModelError when the folder has no image decoder */
export function imageDecoderOf({ manifest, folder }: ModelFolder): VqManifest {
  if (manifest.vq) return manifest.vq;
  throw new ModelError(`${folder} holds no image decoder ("vq" in its manifest); ask for tokens only.`);
}

/** What a client has to know of a model to offer it. @throws ModelError when a weight file is missing */
export async function summarise(model: ModelFolder): Promise<ModelSummary> {
  const { folder, manifest, vocabulary } = model;
  const { grid, vq, condition, defaults } = manifest;
  return {
    name: manifest.name,
    folder,
    grid,
    imageSize: vq ? [grid[0] * vq.downsample, grid[1] * vq.downsample] : null,
    condition: condition.kind,
    weightBytes: await weightBytes(model),
    examples: vocabulary?.examples ?? [],
    words: vocabulary?.words.slice(2) ?? [],
    defaults: { ...defaults, window: defaultWindow(manifest) },
  };
}

/** The window when neither the user nor the manifest names one: a quarter of the width, where published figures are still close to raster order. */
export function defaultWindow({ defaults, grid }: ModelManifest): number {
  return defaults.window ?? Math.max(1, Math.round(grid[1] / 4));
}

/** Bytes of all weight files. @throws ModelError when one is missing */
export async function weightBytes({ folder, manifest }: ModelFolder): Promise<number> {
  const names = [manifest.transformer?.weights, manifest.vq?.weights].filter((name) => name !== undefined);
  const sizes = await Promise.all([...new Set(names)].map((name) => fileSize(path.join(folder, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function fileSize(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    throw new ModelError(
      `${file} is missing, though the manifest beside it names it; fetch the model again.`,
      { cause },
    );
  }
}
