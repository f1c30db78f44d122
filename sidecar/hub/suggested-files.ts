import { posix } from 'node:path';
import { FAMILIES } from '../model/families';
import type { NamedFiles } from '../model/family';
import {
  isShardName,
  isWeightFileName,
  mayHoldWeights,
  shardedCheckpoint,
  stemOf,
} from '../model/weight-file-names';
import type { HubFile } from './hub-repository';

/** Files that go with weights: manifests, vocabularies, tokenizers. */
const BESIDE_WEIGHTS =
  /(?:\.json|\.tiktoken|(?:^|\/)(?:tokenizer|spiece|sentencepiece)[\w.-]*\.model|(?:^|\/)(?:vocab|merges|\w+_vision_tokens)\.txt)$/i;
/** Weights of PyTorch under the name that Hugging Face's transformers give them, whole, in shards, or the shards' index. */
const TRANSFORMERS_BIN = /(?:^|\/)pytorch_model(?:-\d{5}-of-\d{5})?\.bin(?:\.index\.json)?$/i;
/** Chameleon's image decoder, as it is published. */
const CHAMELEON_DECODER = /(?:^|\/)vqgan\.ckpt$/i;
const LESS_USUAL = new RegExp(`${TRANSFORMERS_BIN.source}|${CHAMELEON_DECODER.source}`, 'i');
/** Weights in the naming of the original Llama. A conversion of the same weights lies beside them. */
const CONSOLIDATED = /(?:^|\/)consolidated[\w.-]*\.(?:pth|pt|safetensors)$/i;
/** Files that training leaves behind; no model needs them to run. */
const OF_TRAINING = /(?:^|\/)(?:optimizer|scheduler|trainer_state|training_args|rng_state)/i;

/**
 * The files of a repository that a model needs to run: the weights in one format and one naming, and the small files beside them.
 * If files are known by their names, it takes the smallest published model and its image decoder, or an image decoder alone.
 */
export function suggestedFiles(files: readonly HubFile[]): readonly HubFile[] {
  const useful = files.filter(({ path }) => !OF_TRAINING.test(path));
  const published = useful.filter(({ path }) => familyOf(path) !== undefined);
  const apart = useful.filter(({ path }) => mayHoldWeights(path) && DECODERS_APART.has(publishedName(path)));
  const isSeveral = published.length > 1 || published.some(({ path }) => !isWeightFileName(path));
  const chosen = isSeveral
    ? smallestWithImageDecoder(published, useful)
    : published.length === 0 && apart.length > 0
      ? apart
      : withoutSecondFormats(useful);
  return useful.filter((file) => chosen.includes(file));
}

function smallestWithImageDecoder(
  published: readonly HubFile[],
  files: readonly HubFile[],
): readonly HubFile[] {
  const smallest = published.reduce((least, file) => (file.size < least.size ? file : least));
  return [smallest, ...imageDecodersOf(smallest.path, files), ...files.filter(isBesideWeights)];
}

/** Whether the file is one of the small files beside weights. */
export function isBesideWeights({ path }: HubFile): boolean {
  return BESIDE_WEIGHTS.test(path) && !isWeightFileName(path);
}

/** The image decoder of a published transformer; empty for other files. */
export function imageDecodersOf(path: string, files: readonly HubFile[]): readonly HubFile[] {
  const published = familyOf(path);
  return published ? nearest(files, published.imageDecoderOf(publishedName(path)), path) : [];
}

/** What the family of a published transformer publishes; undefined for other files. */
function familyOf(path: string): NamedFiles | undefined {
  if (!mayHoldWeights(path)) return undefined;
  return NAMED_FILES.find((named) => named.isTransformer(publishedName(path)));
}

const NAMED_FILES = FAMILIES.flatMap(({ published }) => published?.named ?? []);
const DECODERS_APART: ReadonlySet<string> = new Set(
  NAMED_FILES.flatMap(({ decoderApart }) => decoderApart ?? []),
);

/** The files with the name of a published file, in any folder: those beside `path` if there are some, else all. */
function nearest(files: readonly HubFile[], name: string, path: string): readonly HubFile[] {
  const named = files.filter((file) => publishedName(file.path) === name);
  const beside = named.filter((file) => posix.dirname(file.path) === posix.dirname(path));
  return beside.length > 0 ? beside : named;
}

/** The published name of a checkpoint, in whatever folder of the repository it lies. */
function publishedName(path: string): string {
  return stemOf(posix.basename(path));
}

/**
 * Leaves out what holds the same weights again. If weights exist in two formats under one name, only the `.safetensors` file
 * stays. If weights exist whole and in shards, the shards stay. Files `pytorch_model.bin` and files of the original Llama's naming stay
 * where there are no other weights.
 */
function withoutSecondFormats(all: readonly HubFile[]): readonly HubFile[] {
  const sharded = new Set(
    all.filter(({ path }) => isShardName(path)).map(({ path }) => shardedCheckpoint(path)),
  );
  const once = all.filter(({ path }) => !sharded.has(path));
  const converted = once.filter(({ path }) => !CONSOLIDATED.test(path));
  const files = converted.some(({ path }) => mayHoldWeights(path)) ? converted : once;
  const usual = inUsualFormats(files.filter(({ path }) => !TRANSFORMERS_BIN.test(path)));
  const others = usual.some(({ path }) => isWeightFileName(path)) ? CHAMELEON_DECODER : LESS_USUAL;
  return files.filter((file) => usual.includes(file) || others.test(file.path));
}

function inUsualFormats(files: readonly HubFile[]): readonly HubFile[] {
  const safe = new Set(
    files.filter(({ path }) => path.endsWith('.safetensors')).map(({ path }) => stemOf(path)),
  );
  return files.filter(
    ({ path }) =>
      BESIDE_WEIGHTS.test(path) ||
      (isWeightFileName(path) && (path.endsWith('.safetensors') || !safe.has(stemOf(path)))),
  );
}

/** The files whose paths fit one of the patterns. In a pattern `*` stands for any characters and `?` for one character. */
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
