import type { PromptReading } from '../sidecar/protocol';

/** What the model makes of the typed prompt. */
export interface TypedReading extends PromptReading {
  /** The prompt that was read. */
  readonly prompt: string;
}

/** A prompt in which unknown words are replaced by the nearest known ones. */
export interface MendedPrompt {
  readonly text: string;
  /** The words that were put in, in order. */
  readonly replacements: readonly string[];
}

/**
 * Replaces each unknown word by the nearest one that the model knows. Case and punctuation of the rest stay.
 * @returns undefined when no unknown word has a near one
 */
export function mendedPrompt(
  prompt: string,
  { unknown }: Pick<PromptReading, 'unknown'>,
): MendedPrompt | undefined {
  const nearest = new Map(unknown.map(({ word, nearest: [first] }) => [word, first] as const));
  const replacements: string[] = [];
  const text = prompt.replace(/[\p{L}\p{M}\p{N}'’]+/gu, (word) => {
    const replacement = nearest.get(compared(word));
    if (replacement === undefined) return word;
    replacements.push(replacement);
    return replacement;
  });
  return replacements.length === 0 ? undefined : { text, replacements };
}

/** The last word of a text, if it may still grow into one of the words; as the sidecar compares words. */
export function begunWord(text: string, words: readonly string[]): string | undefined {
  const last = /[\p{L}\p{M}\p{N}'’]+$/u.exec(text)?.[0];
  const begun = last && compared(last);
  return words.some((word) => word !== begun && begun && word.startsWith(begun)) ? begun : undefined;
}

/** A word as the sidecar compares it: lower case, without accents, straight apostrophes, no possessive ending. */
function compared(word: string): string {
  return word
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/^'+|'+$|'s$/g, '');
}
