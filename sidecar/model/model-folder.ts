import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ModelSummary } from '../protocol';
import { classNames } from '../prompt/class-names';
import { parseVocabulary, type WordVocabulary } from '../prompt/word-vocabulary';
import { folderName, resolveHubCache } from './hub-cache';
import { ModelError } from './model-error';
import { completeManifest } from './complete-manifest';
import { CODEBOOK_TENSOR } from './infer-vq';
import { TRANSFORMER_TENSOR } from './llamagen/infer-transformer';
import {
  MANIFEST_FILE,
  NO_MANIFEST,
  parseManifest,
  withImageDecoderOnly,
  withTransformerFile,
  type ManifestDraft,
  type ModelManifest,
  type TransformerManifest,
  type VqManifest,
} from './model-manifest';
import { ModelSource } from './model-source';
import { readModelText } from './model-text';
import { findTextEncoder } from './t5/text-encoder-folder';
import { openWeightFile, stemOf } from './weight-files';
import { shardsOf } from './weights/safetensors-index';

/** Bytes of a manifest at most. A usual manifest has 1 kB. */
const MAX_MANIFEST_BYTES = 1 << 20;
/** Bytes of a vocabulary at most. A usual vocabulary has 10 kB; one of 65,536 words with synonyms has 3 MB. */
const MAX_VOCABULARY_BYTES = 8 << 20;

/** A model whose manifest and tensor shapes are sound. Its weights are not open yet. */
export interface ModelFolder {
  /** The path by which the model is found: its folder, or a weight file in it. Absolute. */
  readonly path: string;
  /** Folder of its files. Absolute. */
  readonly folder: string;
  readonly manifest: ModelManifest;
  /** Why the model draws no picture, as a sentence that says what to do; undefined when the model draws pictures. */
  readonly noPicture: string | undefined;
  /** The words of a word-conditioned model. */
  readonly vocabulary: WordVocabulary | undefined;
  /** Folder of the text encoder that comes with a caption-conditional model; absolute. */
  readonly textEncoder: string | undefined;
}

/**
 * Reads a model by its folder or by its weight file. No manifest is needed where tensors and published names say enough.
 * @param assumedGrid rows and columns to take where nothing says them
 * @throws ModelError when there is no such model, its manifest cannot be right, or something about it is not known.
 * WeightsError when weights are damaged.
 */
export async function readModelFolder(
  name: string,
  assumedGrid?: readonly [number, number],
): Promise<ModelFolder> {
  const named = path.resolve(name);
  const absolute = await resolveHubCache(named);
  const found = await stat(absolute).catch(() => undefined);
  if (!found) {
    throw new ModelError(
      `${absolute} does not exist; give a weight file, or a folder with weights or a ${MANIFEST_FILE}.`,
    );
  }
  const source = found.isDirectory()
    ? await folderSource(absolute, assumedGrid)
    : await fileSource(absolute, assumedGrid);
  const { manifest, noPicture } = await completeManifest(source);
  const { folder } = source;
  const vocabulary = await readVocabulary(folder, manifest);
  const textEncoder = await findTextEncoder(folder, manifest.condition);
  return { path: named, folder, manifest, noPicture, vocabulary, textEncoder };
}

async function folderSource(folder: string, assumedGrid: ModelSource['assumedGrid']): Promise<ModelSource> {
  const draft = await readManifest(folder);
  return new ModelSource(folder, folderName(folder), draft ?? NO_MANIFEST, draft !== undefined, assumedGrid);
}

/**
 * The source of a single weight file. A manifest beside the file counts when it names no weights, or names this file in any
 * format.
 */
async function fileSource(file: string, assumedGrid: ModelSource['assumedGrid']): Promise<ModelSource> {
  const folder = path.dirname(file);
  const name = path.basename(file);
  const { holds } = await openWeightFile(folder, name);
  if (holds === 'neither') {
    throw new ModelError(
      `${file} holds neither a LlamaGen transformer ("${TRANSFORMER_TENSOR}") nor an image decoder ("${CODEBOOK_TENSOR}").`,
    );
  }
  const beside = await readManifest(folder);
  const isOfFile = beside !== undefined && speaksOf(beside, name);
  const said = isOfFile ? beside : NO_MANIFEST;
  const draft = holds === 'transformer' ? withTransformerFile(said, name) : withImageDecoderOnly(said, name);
  return new ModelSource(folder, stemOf(name), draft, isOfFile, assumedGrid);
}

function speaksOf({ transformer, vq }: ManifestDraft, name: string): boolean {
  const named = [transformer?.weights, vq?.weights].filter((weights) => weights !== undefined);
  return named.length === 0 || named.some((weights) => stemOf(weights) === stemOf(name));
}

async function readManifest(folder: string): Promise<ManifestDraft | undefined> {
  const file = path.join(folder, MANIFEST_FILE);
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return undefined;
  return parseManifest(await readModelText(file, MAX_MANIFEST_BYTES), file);
}

async function readVocabulary(
  folder: string,
  { condition }: ModelManifest,
): Promise<WordVocabulary | undefined> {
  if (condition.kind !== 'words') return undefined;
  const file = path.join(folder, condition.vocabulary);
  return parseVocabulary(await readModelText(file, MAX_VOCABULARY_BYTES), file);
}

/** The model's transformer. @throws ModelError when the model has no transformer */
export function transformerOf({ manifest, path: file }: ModelFolder): TransformerManifest {
  if (manifest.transformer) return manifest.transformer;
  throw new ModelError(`${file} holds no transformer, so it cannot generate; choose another model.`);
}

/** The model's image decoder. @throws ModelError when the model has no image decoder */
export function imageDecoderOf({ manifest, path: file, noPicture }: ModelFolder): VqManifest {
  if (manifest.vq) return manifest.vq;
  throw new ModelError(noPicture ?? `${file} holds no image decoder.`);
}

/**
 * What a client must know about a model to offer it.
 * @param textEncoder folder that the user names for models that take captions
 * @throws ModelError when a weight file is missing
 */
export async function summarise(model: ModelFolder, textEncoder: string | undefined): Promise<ModelSummary> {
  const { manifest, vocabulary } = model;
  const { grid, vq, condition, defaults } = manifest;
  const readsText =
    condition.kind === 'caption-embedding' && (textEncoder ?? model.textEncoder) !== undefined;
  const classes = condition.kind === 'class' ? condition.classes : 0;
  return {
    name: manifest.name,
    folder: model.path,
    grid,
    imageSize: vq ? [grid[0] * vq.downsample, grid[1] * vq.downsample] : null,
    condition: readsText ? 'text' : condition.kind,
    classes,
    classNames: classNames(classes),
    weightBytes: await weightBytes(model),
    examples: vocabulary?.examples ?? [],
    words: vocabulary?.words.slice(2) ?? [],
    defaults: { ...defaults, window: defaultWindow(manifest) },
  };
}

/**
 * The window when neither the user nor the manifest names one: a quarter of the width. There, published figures are still
 * close to raster order.
 */
export function defaultWindow({ defaults, grid }: ModelManifest): number {
  return defaults.window ?? Math.max(1, Math.round(grid[1] / 4));
}

/** Bytes of all weight files; of weights in shards, the shards'. @throws ModelError when one is missing; WeightsError */
export async function weightBytes(model: ModelFolder): Promise<number> {
  const sizes = await Promise.all((await weightFiles(model)).map(fileSize));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Absolute paths of all weight files; of weights in shards, the shards'. @throws ModelError when one is missing; WeightsError */
export async function weightFiles({ folder, manifest }: ModelFolder): Promise<readonly string[]> {
  const names = [manifest.transformer?.weights, manifest.vq?.weights].filter((name) => name !== undefined);
  const files = await Promise.all([...new Set(names)].map((name) => filesOf(path.join(folder, name))));
  return files.flat();
}

/** A weight file, or the shards that an index names. */
async function filesOf(file: string): Promise<readonly string[]> {
  await fileSize(file);
  return file.endsWith('.json') ? shardsOf(file) : [file];
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
