import { nearestWords } from './nearest-words';
import { placeThings } from './placement';
import { normaliseText, PromptError, type WordVocabulary } from './word-vocabulary';
import { sentence } from '../protocol/sentence';

/** A word of the prompt that the model was not trained on. */
export interface UnknownWord {
  readonly word: string;
  /** Up to three words that the model would understand, nearest first. Empty after the fifth unknown word. */
  readonly nearest: readonly string[];
}

/** A prompt in the form that a model of words takes. */
export interface EncodedPrompt {
  /** Ids of `words`: 1..maxWords of them, not padded. */
  readonly ids: readonly number[];
  /**
   * The known words that the prompt was reduced to, in order. They include places that were added for things without a
   * place.
   */
  readonly words: readonly string[];
  /** The unknown words, each once, in order. */
  readonly unknown: readonly UnknownWord[];
  /** Whether the prompt was reduced to more than `maxWords` words. The last ones were then left out. */
  readonly truncated: boolean;
}

const MAX_PROMPT_LENGTH = 10_000;
const EXAMPLES_SHOWN = 3;
/** Most unknown words that get near words. A message names no more, and each is compared with the whole vocabulary. */
const MAX_EXPLAINED = 5;

/**
 * Reads a prompt word by word. The result has no known words if the model knows none.
 * @throws PromptError when the prompt is longer than any that is read
 */
export function readPrompt(
  prompt: string,
  vocabulary: WordVocabulary,
): Pick<EncodedPrompt, 'words' | 'unknown'> {
  if (prompt.length > MAX_PROMPT_LENGTH) {
    throw new PromptError(sentence`The prompt has ${prompt.length} characters; shorten it to one sentence.`);
  }
  const { words, unknown } = readWords(splitWords(prompt), vocabulary);
  return {
    words,
    unknown: [...unknown].map((word, i) => ({
      word,
      nearest: i < MAX_EXPLAINED ? nearestWords(word, vocabulary) : [],
    })),
  };
}

/**
 * Turns free text into word ids. Case, accents, punctuation and plurals do not matter. Synonyms are mapped, the longest
 * first ("rowing boat" before "boat"). If two neighbours say the same thing, it is said once ("sailing boat", "pine
 * trees"). Words that are neither known nor synonyms are reported and left out. Things that need a place get one.
 *
 * @param maxWords length of the model's prefix
 * @throws PromptError when no word is known
 */
export function encodePrompt(prompt: string, vocabulary: WordVocabulary, maxWords: number): EncodedPrompt {
  const { words, unknown } = readPrompt(prompt, vocabulary);
  if (words.length === 0) throw nothingKnown(prompt, vocabulary);
  const { placement } = vocabulary;
  const read = words.slice(0, maxWords);
  const kept = placement ? placeThings(read, placement, maxWords) : read;
  return {
    ids: kept.map((word) => vocabulary.ids.get(word)).filter((id) => id !== undefined),
    words: kept,
    unknown,
    truncated: words.length > maxWords,
  };
}

/** Splits a prompt: "Rowing-boat at night!" -> ["rowing", "boat", "at", "night"]; "the moon's" -> ["the", "moon"]. */
function splitWords(prompt: string): readonly string[] {
  return normaliseText(prompt)
    .split(/[^\p{L}\p{N}']+/u)
    .map((word) => word.replace(/^'+|(?<!')'+$|'s$/g, ''))
    .filter((word) => word !== '');
}

function readWords(
  prompt: readonly string[],
  vocabulary: WordVocabulary,
): { words: string[]; unknown: Set<string> } {
  const words: string[] = [];
  const unknown = new Set<string>();
  const longest = Math.max(1, ...[...vocabulary.synonyms.keys()].map((synonym) => synonym.split(' ').length));
  /** Where the words of the previous expression begin. */
  let neighbour = 0;
  for (let at = 0; at < prompt.length;) {
    const found = knownWordsAt(prompt, at, longest, vocabulary);
    const word = prompt[at] ?? '';
    const end = words.length;
    if (found) for (const each of found.words) say(each, words, neighbour);
    else if (!forms(word).some((form) => vocabulary.ignored.has(form))) unknown.add(word);
    if (!found || words.length > end) neighbour = found ? end : words.length;
    at += found?.length ?? 1;
  }
  return { words, unknown };
}

/** Adds a word, or replaces a word that says the same. The model learned from captions that say no thing twice. */
function say(word: string, words: string[], neighbour: number): void {
  const twin = words.findIndex((said, i) => i >= neighbour && forms(said).includes(word));
  if (twin >= 0) words[twin] = word;
  else words.push(word);
}

/** The words that the longest known expression at this place stands for, and the length of the expression. */
function knownWordsAt(
  prompt: readonly string[],
  at: number,
  longest: number,
  { ids, synonyms }: WordVocabulary,
): { words: readonly string[]; length: number } | undefined {
  for (let length = Math.min(longest, prompt.length - at); length > 0; length--) {
    for (const form of forms(prompt.slice(at, at + length).join(' '))) {
      const words = ids.has(form) ? [form] : synonyms.get(form);
      if (words) return { words, length };
    }
  }
  return undefined;
}

/** The expression itself first, then the forms that it may be the plural or the singular of. */
function forms(expression: string): readonly string[] {
  const singulars = [/ies$/, /es$/, /s$/].filter((ending) => ending.test(expression));
  return [
    expression,
    ...singulars.map((ending) => expression.replace(ending, ending.source === 'ies$' ? 'y' : '')).reverse(),
    `${expression}s`,
  ];
}

function nothingKnown(prompt: string, { examples }: WordVocabulary): PromptError {
  const said =
    prompt.trim() === ''
      ? sentence`The prompt is empty.`
      : sentence`The prompt has no word that this model knows.`;
  const shown = examples.slice(0, EXAMPLES_SHOWN).map((example) => `“${example}”`);
  return new PromptError(
    shown.length === 0 ? said : sentence`${said} Try something like ${shown.join(' or ')}.`,
  );
}
