import type { Fields } from '../../json-fields';
import { ModelError } from '../../model-error';

/** Ids of Chameleon's vocabulary, by name. */
export interface ChameleonVocabulary {
  /** The file that holds it, for messages. */
  readonly file: string;
  idOf(token: string): number | undefined;
}

/** The ids of a picture's tokens: the ids of codes follow one another. */
export interface ImageIds {
  readonly first: number;
  readonly codes: number;
  readonly endOfLine: number;
}

const END_OF_LINE = '<reserved08799>';

/** The vocabulary in a config; undefined when the config has none. */
export function vocabularyOf(config: Fields, file: string): ChameleonVocabulary | undefined {
  return config.optional('vocabulary_map', (names) => ({
    file,
    idOf: (token) => {
      const id = names.raw(token);
      return Number.isInteger(id) && Number(id) >= 0 ? Number(id) : undefined;
    },
  }));
}

/**
 * The ids of image tokens. A code's name is `IMGIMG`, its digits written A = 0 to J = 9, and `Z`.
 * @throws ModelError when the vocabulary has no image tokens, or their ids do not follow one another
 */
export function imageIds(vocabulary: ChameleonVocabulary): ImageIds {
  const { file } = vocabulary;
  const first = vocabulary.idOf(nameOfCode(0));
  const endOfLine = vocabulary.idOf(END_OF_LINE);
  if (first === undefined || endOfLine === undefined)
    throw new ModelError(
      `${file} has no token "${first === undefined ? nameOfCode(0) : END_OF_LINE}", which Lumina-mGPT draws with; download the file of the same model.`,
    );
  let codes = 1;
  for (;;) {
    const id = vocabulary.idOf(nameOfCode(codes));
    if (id === undefined) return { first, codes, endOfLine };
    if (id !== first + codes)
      throw new ModelError(
        `${file}: token "${nameOfCode(codes)}" has the id ${id} where ${first + codes} follows; download the file of the same model.`,
      );
    codes++;
  }
}

function nameOfCode(code: number): string {
  const letters = Array.from(String(code), (digit) => String.fromCharCode(65 + Number(digit)));
  return `IMGIMG${letters.join('')}Z`;
}
