import { stat } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../files/exists';
import { isJsonObject } from '../files/strict-json';
import { classNames } from '../prompt/class-names';
import type { ModelSummary } from '../protocol';
import { FAMILIES } from './families';
import type { FamilyModel, ImageDecoderPart, ModelFamily, ModelSource, TransformerPart } from './family';
import { folderName, resolveHubCache } from './hub-cache';
import { MANIFEST_FILE } from './manifest-file';
import { ModelError } from './model-error';
import { NO_MANIFEST, parseManifest, type ManifestDraft } from './model-manifest';
import { folderSource } from './model-source';
import { readModelText } from './model-text';
import { stemOf } from './weight-file-names';
import { configBeside, lookIntoFolder, openWeightFile } from './weight-files';
import { shardsOf } from './weights/safetensors-index';
import { quoted } from './weights/weights-error';
import { sentence, type Said } from '../protocol/sentence';

/** Bytes of a manifest at most. A usual manifest has 1 kB. */
const MAX_MANIFEST_BYTES = 1 << 20;

/** A model whose manifest and tensor shapes are sound. Its weights are not open yet. */
export interface ModelFolder extends FamilyModel {
  /** The path by which the model is found: its folder, or a weight file in it. Absolute. */
  readonly path: string;
  /** Folder of its files. Absolute. */
  readonly folder: string;
  readonly wishes: ModelWishes;
}

/** What the user asks of a model, whatever its files say. */
export interface ModelWishes {
  /** Rows and columns. */
  readonly grid?: readonly [number, number] | undefined;
  /** Folder of the image decoder. */
  readonly imageDecoder?: string | undefined;
}

/**
 * Reads a model by its folder or by its weight file. No manifest is needed where tensors and published names say enough.
 * @throws ModelError when there is no such model, its manifest cannot be right, or something about it is not known.
 * WeightsError when weights are damaged.
 */
export async function readModelFolder(
  name: string,
  wishes: ModelWishes = {},
  families: readonly ModelFamily[] = FAMILIES,
): Promise<ModelFolder> {
  const named = path.resolve(name);
  const absolute = await resolveHubCache(named);
  const found = await stat(absolute).catch(() => undefined);
  if (!found) {
    throw new ModelError(
      sentence`${absolute} does not exist; give a weight file, or a folder with weights or a ${MANIFEST_FILE}.`,
    );
  }
  const isFolder = found.isDirectory();
  const folder = isFolder ? absolute : path.dirname(absolute);
  const model = await (isFolder ? completeFolder : completeFile)(absolute, await requested(wishes), families);
  return { ...model, path: named, folder, wishes };
}

type Requested = Pick<ModelSource, 'requestedGrid' | 'requestedImageDecoder'>;

/** @throws ModelError when the folder of the image decoder does not exist */
async function requested({ grid, imageDecoder }: ModelWishes): Promise<Requested> {
  const requestedImageDecoder = imageDecoder === undefined ? undefined : path.resolve(imageDecoder);
  if (requestedImageDecoder !== undefined) {
    const found = await stat(requestedImageDecoder).catch(() => undefined);
    if (!found?.isDirectory())
      throw new ModelError(
        sentence`${requestedImageDecoder} is no folder; name the folder of an image decoder.`,
      );
  }
  return { requestedGrid: grid, requestedImageDecoder };
}

/** The model of a folder: of the family that its manifest names, or that recognises its weights. */
async function completeFolder(
  folder: string,
  wishes: Requested,
  families: readonly ModelFamily[],
): Promise<FamilyModel> {
  const facts = { folder, fallbackName: folderName(folder), ...wishes, namedFile: undefined };
  const manifest = await readManifest(folder, families);
  if (manifest) {
    const { family, keys } = manifest;
    return family.complete(folderSource({ ...facts, said: manifest, keys }, family, families));
  }
  const content = lookIntoFolder(folder, families);
  const { files, problems } = await content;
  const recognised = files.find(({ holds }) => holds === 'transformer') ?? files.find(({ holds }) => holds);
  const family = recognised?.family ?? (problems.length > 0 ? families[0] : undefined);
  if (!family) {
    throw new ModelError(
      sentence`${folder} is no model folder: it holds neither a ${MANIFEST_FILE} that names weights nor the weights of a ${titlesOf(families)} model.${await architectureIn(folder)}`,
    );
  }
  const unsaid = { ...facts, said: NO_MANIFEST, keys: undefined };
  return family.complete(folderSource(unsaid, family, families, content));
}

/**
 * The model of a single weight file. A manifest beside the file counts when it names no weights, or names this file in any
 * format.
 */
async function completeFile(
  file: string,
  wishes: Requested,
  families: readonly ModelFamily[],
): Promise<FamilyModel> {
  const folder = path.dirname(file);
  const name = path.basename(file);
  const namedFile = await openWeightFile(folder, name, families);
  const { family } = namedFile;
  if (!family) {
    throw new ModelError(
      sentence`${file} holds neither a transformer nor an image decoder of a ${titlesOf(families)} model.`,
    );
  }
  const beside = await readManifest(folder, families);
  const isOfFile = beside?.family === family && describesFile(beside, name);
  const described = isOfFile ? { said: beside, keys: beside.keys } : { said: NO_MANIFEST, keys: undefined };
  const facts = { folder, fallbackName: stemOf(name), ...wishes, namedFile, ...described };
  return family.complete(folderSource(facts, family, families));
}

function describesFile({ keys }: ManifestDraft, name: string): boolean {
  return keys.files.length === 0 || keys.files.some((weights) => stemOf(weights) === stemOf(name));
}

/** A sentence, with a space before it, that says what the folder's config says of the model; '' when it says nothing. */
async function architectureIn(folder: string): Promise<Said> {
  const config = await configBeside(folder);
  if (!isJsonObject(config)) return '';
  if (isJsonObject(config.quantization_config)) {
    const { quant_method: method } = config.quantization_config;
    const how = typeof method === 'string' ? ` (${quoted(method)})` : '';
    return sentence` Its config.json says that its weights are quantized${how}, which this program does not read; use the model in F32, F16 or BF16, and pack it with --precision int8 or int4.`;
  }
  const names = config.architectures;
  const [name] = Array.isArray(names) ? (names as readonly unknown[]) : [];
  if (typeof name !== 'string') return '';
  return sentence` Its config.json is of the architecture ${quoted(name)}, which this version does not run.`;
}

function titlesOf(families: readonly ModelFamily[]): string {
  return families
    .map(({ title }) => title)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' or ');
}

async function readManifest(
  folder: string,
  families: readonly ModelFamily[],
): Promise<ManifestDraft | undefined> {
  const file = path.join(folder, MANIFEST_FILE);
  if (!(await exists(file))) return undefined;
  return parseManifest(await readModelText(file, MAX_MANIFEST_BYTES), file, families);
}

/** The model's transformer. @throws ModelError when the model has no transformer */
export function transformerOf({ transformer, path: file }: ModelFolder): TransformerPart {
  if (transformer) return transformer;
  throw new ModelError(sentence`${file} holds no transformer, so it cannot generate; choose another model.`);
}

/** The model's image decoder. @throws ModelError when the model has no image decoder */
export function imageDecoderOf({ imageDecoder, path: file, noPicture }: ModelFolder): ImageDecoderPart {
  if (imageDecoder) return imageDecoder;
  throw new ModelError(noPicture ?? sentence`${file} holds no image decoder.`);
}

/**
 * What a client must know about a model to offer it.
 * @param textEncoder folder that the user names for models that take captions
 * @throws ModelError when a weight file is missing
 */
export async function summarise(model: ModelFolder, textEncoder: string | undefined): Promise<ModelSummary> {
  const { grid, imageDecoder, condition, defaults, vocabulary } = model;
  const classes = condition.kind === 'class' ? condition.classes : 0;
  return {
    name: model.name,
    folder: model.path,
    grid,
    trainedGrids: model.trainedGrids ?? [],
    imageSize: imageDecoder ? [grid[0] * imageDecoder.patch, grid[1] * imageDecoder.patch] : null,
    condition: conditionFor(model, textEncoder),
    classes,
    classNames: classNames(classes),
    weightBytes: await weightBytes(model),
    examples: vocabulary?.examples ?? [],
    words: vocabulary?.words.slice(2) ?? [],
    suffix: condition.kind === 'text' ? (condition.suffix ?? null) : null,
    negative: condition.kind === 'text' ? (condition.negative ?? null) : null,
    defaults: { ...defaults, window: defaultWindow(model) },
  };
}

function conditionFor(
  { condition: { kind }, textEncoder: own }: ModelFolder,
  textEncoder: string | undefined,
): ModelSummary['condition'] {
  if (kind === 'text') return 'prompt';
  return kind === 'caption-embedding' && (textEncoder ?? own) !== undefined ? 'text' : kind;
}

/**
 * The window when neither the user nor the manifest names one: a quarter of the width. There, published figures are still
 * close to raster order.
 */
export function defaultWindow({ defaults, grid: [, width] }: FamilyModel): number {
  return Math.min(width, defaults.window ?? Math.max(1, Math.round(width / 4)));
}

/** Absolute paths of all weight files; of weights in shards, the shards'. @throws ModelError when one is missing; WeightsError */
export async function weightFiles({
  folder,
  transformer,
  imageDecoder,
}: ModelFolder): Promise<readonly string[]> {
  const named = [
    ...(transformer ? [path.join(folder, transformer.weights)] : []),
    ...(imageDecoder ? [path.join(imageDecoder.folder, imageDecoder.weights)] : []),
  ];
  const files = await Promise.all([...new Set(named)].map(withShards));
  return files.flat();
}

/** Bytes of all weight files. @throws ModelError when one is missing; WeightsError */
export async function weightBytes(model: ModelFolder): Promise<number> {
  const sizes = await Promise.all((await weightFiles(model)).map(fileSize));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A weight file, or the shards that an index names. */
async function withShards(file: string): Promise<readonly string[]> {
  await fileSize(file);
  return file.endsWith('.json') ? shardsOf(file) : [file];
}

async function fileSize(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (cause) {
    throw new ModelError(
      sentence`${file} is missing, though the manifest beside it names it; fetch the model again.`,
      { cause },
    );
  }
}
