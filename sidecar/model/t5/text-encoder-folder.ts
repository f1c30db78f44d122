import path from 'node:path';
import { exists } from '../../files/exists';
import { resolveHubCache } from '../hub-cache';
import { Checkpoint } from '../checkpoint';
import { ModelError } from '../model-error';
import type { ConditionNeed } from '../family';
import { readModelText } from '../model-text';
import { buildT5EncoderGraph } from './encoder-graph';
import { parseT5Config, type T5Config } from './t5-config';
import { sentence, type Sentence } from '../../protocol/sentence';

/** The text encoder that the published caption-conditional models were trained with. */
const PUBLISHED = 'huggingface.co/google/flan-t5-xl';
const CONFIG_FILE = 'config.json';
const TOKENIZER_FILE = 'tokenizer.json';
/** Bytes of a config at most. A usual config has 1 kB. */
const MAX_CONFIG_BYTES = 1 << 20;
/** Names of weight files at Hugging Face: one file, or an index of shards. */
const WEIGHT_FILES = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'] as const;
/** Names of folders that are searched beside a transformer's weights. */
const FOLDER_NAMES = ['flan-t5-xl', 't5', 'text_encoder'] as const;

/** A T5 folder as published on Hugging Face. Its config has been checked, but not its weights. */
export interface TextEncoderFolder {
  /** Absolute path. */
  readonly folder: string;
  readonly config: T5Config;
  /** File name in the folder. */
  readonly weights: string;
  /** Absolute path of `tokenizer.json`. */
  readonly tokenizer: string;
}

/** What to do about a model that takes captions but has no text encoder; part of a sentence. */
export function howToAddTextEncoder(modelFolder: string): Sentence {
  return sentence`download ${PUBLISHED} (config.json, tokenizer.json, *.safetensors) into ${path.join(modelFolder, FOLDER_NAMES[0])}, or name its folder (--text-encoder DIR, or the setting ziparStudio.textEncoder)`;
}

/**
 * The text encoder in a model's folder: the one that its manifest names, or one with a known name.
 * @returns its absolute path; undefined when there is none, or the model takes no captions
 */
export async function findTextEncoder(
  modelFolder: string,
  condition: ConditionNeed,
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
 * Reads a text encoder's folder. It reads only the headers of the weights.
 * @param dim width of the captions that the model takes
 * @throws ModelError when a file is missing, is no T5 encoder, or has another width.
 * WeightsError when weights are damaged, or of a type that graphs do not compute with.
 */
export async function readTextEncoder(name: string, dim: number): Promise<TextEncoderFolder> {
  const folder = await resolveHubCache(path.resolve(name));
  const file = path.join(folder, CONFIG_FILE);
  if (!(await exists(file))) {
    throw new ModelError(
      sentence`${folder} is no folder of a text encoder: ${CONFIG_FILE} cannot be read; download the folder as published, such as ${PUBLISHED}.`,
    );
  }
  const text = await readModelText(file, MAX_CONFIG_BYTES);
  const config = parseT5Config(text, file);
  if (config.dim !== dim) {
    throw new ModelError(
      sentence`${file}: "d_model" is ${config.dim} where the model takes captions of width ${dim}; use the text encoder it was trained with (of the published models, ${PUBLISHED}).`,
    );
  }
  const [weights] = await existing(folder, WEIGHT_FILES);
  const [tokenizer] = await existing(folder, [TOKENIZER_FILE]);
  if (weights === undefined)
    throw new ModelError(
      sentence`${folder} holds none of ${WEIGHT_FILES.join(', ')}; download it from where the folder came from.`,
    );
  if (tokenizer === undefined)
    throw new ModelError(
      sentence`${folder} holds no ${TOKENIZER_FILE}; download it from where the folder came from.`,
    );
  buildT5EncoderGraph(config, await Checkpoint.open(folder, weights, CONFIG_FILE));
  return { folder, config, weights, tokenizer: path.join(folder, tokenizer) };
}

async function existing(folder: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => exists(path.join(folder, name))));
  return names.filter((_, i) => found[i]);
}
