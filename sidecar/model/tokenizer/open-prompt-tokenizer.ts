import path from 'node:path';
import { exists } from '../../files/exists';
import { ModelError } from '../model-error';
import { JsonTokenizer } from './json-tokenizer';
import type { PromptTokenizer } from './prompt-tokenizer';
import { TiktokenTokenizer } from './tiktoken-tokenizer';
import { sentence } from '../../protocol/sentence';

/** The file of Hugging Face's tokenizers. Chameleon's image tokenizer calls it `text_tokenizer.json`. */
const JSON_FILES = ['tokenizer.json', 'text_tokenizer.json'];
/** The files of Emu3's original release: ranks, and the names of the tokens that follow the special tokens. */
const TIKTOKEN_FILES = { ranks: 'emu3.tiktoken', vision: 'emu3_vision_tokens.txt' };

/**
 * Opens the tokenizer that lies in one of the folders. The first folder that has one decides.
 * @param folders absolute, at least one
 * @param vocab size of the model's vocabulary; larger ids are refused
 * @throws ModelError when no folder has a tokenizer, or the tokenizer cannot be used
 */
export async function openPromptTokenizer(
  folders: readonly string[],
  vocab: number,
): Promise<PromptTokenizer> {
  for (const folder of folders) {
    for (const name of JSON_FILES) {
      const file = path.join(folder, name);
      if (await exists(file)) return withinVocabulary(await JsonTokenizer.open(file), vocab);
    }
    const ranks = path.join(folder, TIKTOKEN_FILES.ranks);
    if (await exists(ranks)) {
      const vision = path.join(folder, TIKTOKEN_FILES.vision);
      return withinVocabulary(await TiktokenTokenizer.open(ranks, vision), vocab);
    }
  }
  const [first = ''] = folders;
  throw new ModelError(
    sentence`${path.join(first, 'tokenizer.json')} is missing, so the prompt cannot be read; download the tokenizer of the model into that folder.`,
  );
}

/**
 * The tokenizer that {@link openPromptTokenizer} opens. It is opened at its first use and then kept, because a model may read
 * thousands of prompts, and the file may have 20 MB.
 */
export function promptTokenizerIn(folders: readonly string[], vocab: number): () => Promise<PromptTokenizer> {
  let opened: Promise<PromptTokenizer> | undefined;
  return () => (opened ??= openPromptTokenizer(folders, vocab));
}

/** Refuses ids that the model has no embedding for: then tokenizer and weights belong to two models. */
function withinVocabulary(tokenizer: PromptTokenizer, vocab: number): PromptTokenizer {
  const checked = (id: number): number => {
    if (id < vocab) return id;
    throw new ModelError(
      sentence`${tokenizer.file}: id ${id} is outside the model's vocabulary of ${vocab}; download the tokenizer of the same model.`,
    );
  };
  return {
    file: tokenizer.file,
    encode: (text) => tokenizer.encode(text).map(checked),
    idOf: (token) => {
      const id = tokenizer.idOf(token);
      return id === undefined ? undefined : checked(id);
    },
  };
}
