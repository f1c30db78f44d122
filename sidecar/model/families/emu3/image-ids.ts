import { ModelError } from '../../model-error';
import type { PromptTokenizer } from '../../tokenizer/prompt-tokenizer';

/** The ids of a picture's tokens: the ids of codes follow one another. */
export interface ImageIds {
  readonly first: number;
  readonly codes: number;
  readonly endOfLine: number;
}

const END_OF_LINE = '<|extra_200|>';
const DIGITS = 6;

/** @throws ModelError when the vocabulary has no visual tokens, or their ids do not follow one another */
export function imageIds({ file, idOf }: Pick<PromptTokenizer, 'file' | 'idOf'>): ImageIds {
  const first = idOf(nameOfCode(0));
  const endOfLine = idOf(END_OF_LINE);
  if (first === undefined || endOfLine === undefined)
    throw new ModelError(
      `${file} has no token "${first === undefined ? nameOfCode(0) : END_OF_LINE}", which Emu3 draws with; download the file of the same model.`,
    );
  for (let codes = 1; ; codes++) {
    const id = idOf(nameOfCode(codes));
    if (id === undefined) return { first, codes, endOfLine };
    if (id !== first + codes)
      throw new ModelError(
        `${file}: token "${nameOfCode(codes)}" has the id ${id} where ${first + codes} follows; download the file of the same model.`,
      );
  }
}

function nameOfCode(code: number): string {
  return `<|visual token ${String(code).padStart(DIGITS, '0')}|>`;
}
