/**
 * A sentence for people: its English text with {0}, {1} … in place of the values. The text is also the sentence's name. So the
 * program that shows the sentence can say it in the user's language, and no text is understood from its words.
 */
export interface Sentence {
  readonly text: string;
  readonly values: readonly SentenceValue[];
}

/** A value in a sentence: a name, a number, or a part that is a sentence itself. */
export type SentenceValue = string | number | Sentence;

/** A sentence, or a text that exists in one language only, such as an error of the operating system. */
export type Said = string | Sentence;

/** A sentence from a template: sentence`${name} has no room for ${count} tokens.` */
export function sentence(parts: TemplateStringsArray, ...values: readonly SentenceValue[]): Sentence {
  return { text: parts.map((part, i) => (i === 0 ? part : `{${i - 1}}${part}`)).join(''), values };
}

/** A text of a table, such as the label of a decoder, as a sentence. Where it has no translation, it stays English. */
export function asSentence(text: string): Sentence {
  return { text, values: [] };
}

/** A sentence in English. */
export function inEnglish(said: Said): string {
  return inLanguage(said, (english) => english);
}

/**
 * A sentence in a user's language.
 * @param translate gives the translation of an English text, with the same places for values
 */
export function inLanguage(said: Said, translate: (english: string) => string): string {
  if (typeof said === 'string') return said;
  const { text, values } = said;
  return translate(text).replace(/\{(\d+)\}/g, (place, index: string) => {
    const value = values[Number(index)];
    if (value === undefined) return place;
    return typeof value === 'number' ? String(value) : inLanguage(value, translate);
  });
}

/** An error that is told to the user. Its message is the sentence in English. */
export class SentenceError extends Error {
  constructor(
    readonly sentence: Said,
    options?: ErrorOptions,
  ) {
    super(inEnglish(sentence), options);
  }
}

/** The sentence of an error that is told to the user, or else the text of the error. */
export function saidBy(error: unknown): Said {
  if (error instanceof SentenceError) return error.sentence;
  return error instanceof Error ? error.message : String(error);
}
