import path from 'node:path';
import type { Fields } from '../json-fields';
import { ModelError } from '../model-error';
import type { PromptTokenizer } from '../tokenizer/prompt-tokenizer';
import { sentence } from '../../protocol/sentence';

/** The ids of tokens by name. */
export type TokenIds = Pick<PromptTokenizer, 'file' | 'idOf'>;

/** The names of a picture's tokens in a vocabulary. */
export interface PictureTokenNames {
  readonly code: (code: number) => string;
  readonly endOfLine: string;
}

/** The ids of a picture's tokens: the ids of codes follow one another. */
export interface PictureIds {
  readonly first: number;
  readonly codes: number;
  readonly endOfLine: number;
}

/** The ids of tokens that a model's config lists; undefined when it lists none. @param vocab size of the vocabulary */
export function idsInConfig(config: Fields, folder: string, vocab: number): TokenIds | undefined {
  return config.optional('vocabulary_map', (names) => ({
    file: path.join(folder, 'config.json'),
    idOf: (token) => names.present(token, (field) => names.integer(field, 0, vocab - 1)),
  }));
}

/**
 * Finds the tokens of a picture in a vocabulary.
 * @param title of the model family, for messages
 * @throws ModelError when the vocabulary has no picture tokens, or their ids do not follow one another
 */
export function pictureIds({ file, idOf }: TokenIds, names: PictureTokenNames, title: string): PictureIds {
  const first = idOf(names.code(0));
  const endOfLine = idOf(names.endOfLine);
  if (first === undefined || endOfLine === undefined)
    throw new ModelError(
      sentence`${file} has no token "${first === undefined ? names.code(0) : names.endOfLine}", which ${title} draws with; download the file of the same model.`,
    );
  for (let codes = 1; ; codes++) {
    const id = idOf(names.code(codes));
    if (id === undefined) return { first, codes, endOfLine };
    if (id !== first + codes)
      throw new ModelError(
        sentence`${file}: token "${names.code(codes)}" has the id ${id} where ${first + codes} follows; download the file of the same model.`,
      );
  }
}
