import { posix } from 'node:path';
import { publishedGrid, publishedVqOf } from '../model/llamagen/published-models';
import { isWeightFileName, stemOf } from '../model/weight-files';
import type { HubFile } from './hub-repository';

/** What goes with weights: manifests, vocabularies, tokenizers. */
const BESIDE_WEIGHTS =
  /(?:\.json|(?:^|\/)(?:tokenizer|spiece|sentencepiece)[\w.-]*\.model|(?:^|\/)(?:vocab|merges)\.txt)$/i;
/** What training leaves behind, and no model needs to run. */
const OF_TRAINING = /(?:^|\/)(?:optimizer|scheduler|trainer_state|training_args|rng_state)/i;

/**
 * The files of a repository that a model needs to run: weights, once, and the small files beside them. Where several
 * published LlamaGen models lie in one repository, the smallest of them and its image decoder.
 */
export function suggestedFiles(files: readonly HubFile[]): readonly HubFile[] {
  const useful = files.filter(({ path }) => !OF_TRAINING.test(path));
  const published = useful.filter(({ path }) => publishedGrid(publishedName(path)) !== undefined);
  const chosen =
    published.length > 1 ? smallestWithImageDecoder(published, useful) : withoutSecondFormats(useful);
  return useful.filter((file) => chosen.includes(file));
}

function smallestWithImageDecoder(
  published: readonly HubFile[],
  files: readonly HubFile[],
): readonly HubFile[] {
  const smallest = published.reduce((least, file) => (file.size < least.size ? file : least));
  return [smallest, ...imageDecodersOf(smallest.path, files), ...files.filter(isBesideWeights)];
}

/** Whether it is one of the small files beside weights. */
export function isBesideWeights({ path }: HubFile): boolean {
  return BESIDE_WEIGHTS.test(path) && !isWeightFileName(path);
}

/** The image decoder of a published transformer; nothing for other files. */
export function imageDecodersOf(path: string, files: readonly HubFile[]): readonly HubFile[] {
  const name = publishedName(path);
  return publishedGrid(name) === undefined ? [] : nearest(files, publishedVqOf(name), path);
}

/** The files that a published one is known by, in whatever folder: those beside `path`, else all. */
function nearest(files: readonly HubFile[], name: string | undefined, path: string): readonly HubFile[] {
  const named = files.filter((file) => publishedName(file.path) === name);
  const beside = named.filter((file) => posix.dirname(file.path) === posix.dirname(path));
  return beside.length > 0 ? beside : named;
}

/** What a published checkpoint is known by, whatever folder of the repository it lies in. */
function publishedName(path: string): string {
  return stemOf(posix.basename(path));
}

/** Of weights in two formats under one name, the `.safetensors`. */
function withoutSecondFormats(files: readonly HubFile[]): readonly HubFile[] {
  const safe = new Set(
    files.filter(({ path }) => path.endsWith('.safetensors')).map(({ path }) => stemOf(path)),
  );
  return files.filter(
    ({ path }) =>
      BESIDE_WEIGHTS.test(path) ||
      (isWeightFileName(path) && (path.endsWith('.safetensors') || !safe.has(stemOf(path)))),
  );
}

/** The files whose paths fit one of the patterns, in which `*` stands for any characters and `?` for one. */
export function matchingFiles(files: readonly HubFile[], patterns: readonly string[]): readonly HubFile[] {
  const expressions = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .replace(/[.+^${}()|[\]\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
        'su',
      ),
  );
  return files.filter(({ path }) => expressions.some((expression) => expression.test(path)));
}
