import { JsonFields } from '../files/json-fields';
import { parseStrictJsonText, StrictJsonError } from '../files/strict-json';
import type { Placement } from './placement';
import { sentence, SentenceError, type Said } from '../protocol/sentence';

/** The words that a model was trained on, and the rules that map free text onto them. */
export interface WordVocabulary {
  /** The index is the id: 0 is `<pad>`, 1 `<null>` (no prompt), the rest are lower-case words. */
  readonly words: readonly string[];
  /** Ids of the words that a prompt can name: all words except the first two. */
  readonly ids: ReadonlyMap<string, number>;
  /** The known words that a synonym stands for: "sunset" -> ["dusk"], "rowing boat" -> ["boat"]. */
  readonly synonyms: ReadonlyMap<string, readonly string[]>;
  /** Words that mean nothing to the model and are skipped: "a", "the". */
  readonly ignored: ReadonlySet<string>;
  /** Prompts that show what the model can draw. */
  readonly examples: readonly string[];
  /** For a model that needs to be told where things stand. */
  readonly placement?: Placement | undefined;
}

/** A vocabulary file that the program cannot use. The message names file and field. */
export class VocabularyError extends SentenceError {
  override readonly name = 'VocabularyError';

  constructor(file: string, problem: Said) {
    super(sentence`${file}: ${problem}. The model folder is damaged; fetch the model again.`);
  }
}

/** The model knows no word of the prompt. The message shows what it knows. */
export class PromptError extends SentenceError {
  override readonly name = 'PromptError';
}

const FORMAT = 'zipar-vocabulary';
const VERSION = 1;
const SPECIAL_WORDS = ['<pad>', '<null>'] as const;
/**
 * Most words. It is far more than a model of words is trained on, and an unknown word can still be compared with all of
 * them.
 */
const MAX_WORDS = 1 << 16;
const MAX_EXAMPLES = 1000;
/** Levels of objects and lists. */
const MAX_DEPTH = 16;
/** Most characters of a text. */
const MAX_TEXT = 500;
/** Most words of a synonym, and most words that it stands for. */
const MAX_EXPRESSION = 16;

/**
 * Reads a `vocabulary.json`: { format: "zipar-vocabulary", version: 1, words, synonyms, ignored, examples, placement? }.
 *
 * @param file named in errors
 * @throws VocabularyError
 */
export function parseVocabulary(text: string, file: string): WordVocabulary {
  const refuse = (problem: Said): VocabularyError => new VocabularyError(file, problem);
  const content = new JsonFields(parse(text, refuse), refuse);
  if (content.raw('format') !== FORMAT) throw refuse(sentence`"format" is not "${FORMAT}"`);
  if (content.raw('version') !== VERSION)
    throw refuse(sentence`"version" is not ${VERSION}, the only one that this program reads`);
  const words = readWords(content, refuse);
  const ids = new Map([...words.entries()].slice(SPECIAL_WORDS.length).map(([id, word]) => [word, id]));
  const synonyms = readSynonyms(content.object('synonyms'), ids, refuse);
  const ignored = new Set(content.texts('ignored', MAX_WORDS, MAX_TEXT));
  for (const word of ignored) {
    checkWord(word, 'ignored', refuse);
    if (ids.has(word) || synonyms.has(word))
      throw refuse(sentence`"ignored" has "${word}", which is a known word`);
  }
  const examples = content.texts('examples', MAX_EXAMPLES, MAX_TEXT);
  const placement = content.optional('placement', (fields) => readPlacement(fields, ids, refuse));
  return { words, ids, synonyms, ignored, examples, placement };
}

/**
 * The form in which words are compared: lower case (of no locale), compatibility forms folded, no diacritics, straight
 * apostrophes. Example: "Déjà" -> "deja".
 */
export function normaliseText(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFKC').toLowerCase().replaceAll('’', "'");
}

type Refuse = (problem: Said) => VocabularyError;

function parse(text: string, refuse: Refuse): unknown {
  try {
    return parseStrictJsonText(text, MAX_DEPTH);
  } catch (error) {
    throw error instanceof StrictJsonError ? refuse(sentence`it ${error.sentence}`) : error;
  }
}

function readWords(content: JsonFields, refuse: Refuse): readonly string[] {
  const words = content.texts('words', MAX_WORDS, MAX_TEXT);
  if (SPECIAL_WORDS.some((special, id) => words[id] !== special))
    throw refuse(sentence`"words" does not begin with ${SPECIAL_WORDS.join(', ')}`);
  if (words.length === SPECIAL_WORDS.length) throw refuse(sentence`"words" has no word`);
  const seen = new Set<string>(SPECIAL_WORDS);
  for (const word of words.slice(SPECIAL_WORDS.length)) {
    checkWord(word, 'words', refuse);
    if (seen.has(word)) throw refuse(sentence`"words" has "${word}" twice`);
    seen.add(word);
  }
  return words;
}

/**
 * Refuses a word that a prompt can never match: one that {@link normaliseText} would change, or that has a character at
 * which prompts are split.
 */
function checkWord(word: string, field: string, refuse: Refuse): void {
  if (word === normaliseText(word) && /^[\p{L}\p{N}']+$/u.test(word)) return;
  throw refuse(sentence`"${field}" has "${word}", which is not a lower-case word without accents`);
}

function readSynonyms(
  fields: JsonFields,
  ids: ReadonlyMap<string, number>,
  refuse: Refuse,
): ReadonlyMap<string, readonly string[]> {
  const synonyms = new Map<string, readonly string[]>();
  const names = fields.names();
  if (names.length > MAX_WORDS) throw refuse(sentence`"synonyms" has more than ${MAX_WORDS} entries`);
  for (const synonym of names) {
    const target = fields.raw(synonym);
    if (synonym.length > MAX_TEXT || (typeof target === 'string' && target.length > MAX_TEXT))
      throw refuse(sentence`"synonyms" has a text of more than ${MAX_TEXT} characters`);
    const expression = synonym.split(' ');
    if (expression.length > MAX_EXPRESSION)
      throw refuse(sentence`"synonyms" has a text of more than ${MAX_EXPRESSION} words`);
    for (const word of expression) checkWord(word, 'synonyms', refuse);
    if (ids.has(synonym)) throw refuse(sentence`"synonyms" has "${synonym}", which is a word itself`);
    const words = typeof target === 'string' ? target.split(' ') : [];
    if (words.length === 0 || words.length > MAX_EXPRESSION || !words.every((word) => ids.has(word))) {
      throw refuse(
        sentence`"synonyms" maps "${synonym}" to something that is not 1 to ${MAX_EXPRESSION} of "words"`,
      );
    }
    synonyms.set(synonym, words);
  }
  return synonyms;
}

function readPlacement(fields: JsonFields, ids: ReadonlyMap<string, number>, refuse: Refuse): Placement {
  const known = (field: string): readonly string[] => {
    const words = fields.texts(field, MAX_WORDS, MAX_TEXT);
    const stranger = words.find((word) => !ids.has(word));
    if (stranger !== undefined)
      throw refuse(sentence`"placement.${field}" has "${stranger}", which is not in "words"`);
    return words;
  };
  return { places: known('places'), nouns: new Set(known('nouns')), placed: new Set(known('placed')) };
}
