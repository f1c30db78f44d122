import { inLanguage, type Said } from '../sidecar/protocol';

let translations: Readonly<Record<string, string>> = {};
let locale = 'en';
let numbers = new Intl.NumberFormat(locale);

/**
 * Sets the language of the page's texts. Until then they are English.
 * @param texts translations by their English texts
 */
export function useLanguage(language: string, texts: Readonly<Record<string, string>>): void {
  translations = texts;
  locale = language;
  numbers = new Intl.NumberFormat(language);
}

/**
 * A text of the page in the user's language.
 * @param message English text, with {0}, {1} … where the values stand
 */
export function t(message: string, ...values: readonly (string | number)[]): string {
  return translationOf(message).replace(/\{(\d+)\}/g, (place, index: string) =>
    String(values[Number(index)] ?? place),
  );
}

/** A sentence of the sidecar in the user's language. */
export function said(sentence: Said): string {
  return inLanguage(sentence, translationOf);
}

/** A whole number as the user's language writes it: "1,072", "1.072". */
export function count(value: number): string {
  return numbers.format(value);
}

/** A number with decimals as the user's language writes it: "0.50", "0,50". */
export function decimal(value: number, digits: number): string {
  const format = {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: false,
  } as const;
  return value.toLocaleString(locale, format);
}

/** A name as it stands within a sentence: "entropy". German writes nouns with a capital letter there, too. */
export function inSentence(name: string): string {
  return locale.startsWith('de') ? name : name.toLocaleLowerCase(locale);
}

function translationOf(english: string): string {
  return Object.hasOwn(translations, english) ? (translations[english] ?? english) : english;
}
