import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { resolveHubCache } from '../hub-cache';
import { ModelError } from '../model-error';
import type { ConditionManifest } from '../model-manifest';
import { parseT5Config, type T5Config } from './t5-config';

/** What the published caption-conditional LlamaGen models were trained with. */
const PUBLISHED = 'huggingface.co/google/flan-t5-xl';
const CONFIG_FILE = 'config.json';
const TOKENIZER_FILE = 'tokenizer.json';
/** As Hugging Face names them: whole, or in shards behind an index. */
const WEIGHT_FILES = ['model.safetensors', 'model.safetensors.index.json'] as const;
/** Folders that are looked for beside a transformer's weights. */
const FOLDER_NAMES = ['flan-t5-xl', 't5', 'text_encoder'] as const;

/** A T5 folder as published on Hugging Face, found sound as far as its config goes. */
export interface TextEncoderFolder {
  /** Absolute. */
  readonly folder: string;
  readonly config: T5Config;
  /** File name in the folder. */
  readonly weights: string;
  /** Absolute path of `tokenizer.json`. */
  readonly tokenizer: string;
}

/** What to do about a model that takes captions and has no text encoder; part of a sentence. */
export function howToAddTextEncoder(modelFolder: string): string {
  return `download ${PUBLISHED} (config.json, tokenizer.json, *.safetensors) into ${path.join(modelFolder, FOLDER_NAMES[0])}, or name its folder (--text-encoder DIR, or the setting ziparStudio.textEncoder)`;
}

/**
 * The text encoder in a model's folder: the one that its manifest names, or one that goes by a known name.
 * @returns its absolute path; undefined when there is none, or the model takes no captions
 */
export async function findTextEncoder(
  modelFolder: string,
  condition: ConditionManifest,
): Promise<string | undefined> {
  if (condition.kind !== 'caption-embedding') return undefined;
  if (condition.textEncoder !== undefined) return path.join(modelFolder, condition.textEncoder);
  for (const name of FOLDER_NAMES) {
    const folder = path.join(modelFolder, name);
    if (await exists(path.join(folder, CONFIG_FILE))) return folder;
  }
  return undefined;
}

/**
 * Reads a text encoder's folder; its weights are not opened yet.
 * @param dim width of the captions that the model takes
 * @throws ModelError when something is missing, is no T5 encoder, or has another width
 */
export async function readTextEncoder(name: string, dim: number): Promise<TextEncoderFolder> {
  const folder = await resolveHubCache(path.resolve(name));
  const file = path.join(folder, CONFIG_FILE);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ModelError(
      `${folder} is no folder of a text encoder: ${CONFIG_FILE} cannot be read; download the folder as published, such as ${PUBLISHED}.`,
      { cause },
    );
  });
  const config = parseT5Config(text, file);
  if (config.dim !== dim) {
    throw new ModelError(
      `${file}: "d_model" is ${config.dim} where the model takes captions of width ${dim}; use the text encoder it was trained with (of the published models, ${PUBLISHED}).`,
    );
  }
  const [weights] = await existing(folder, WEIGHT_FILES);
  const [tokenizer] = await existing(folder, [TOKENIZER_FILE]);
  if (weights === undefined)
    throw new ModelError(
      `${folder} holds neither ${WEIGHT_FILES.join(' nor ')}; download it from where the folder came from.`,
    );
  if (tokenizer === undefined)
    throw new ModelError(
      `${folder} holds no ${TOKENIZER_FILE}; download it from where the folder came from.`,
    );
  return { folder, config, weights, tokenizer: path.join(folder, tokenizer) };
}

async function existing(folder: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => exists(path.join(folder, name))));
  return names.filter((_, i) => found[i]);
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
