import { isJsonObject } from '../../files/strict-json';
import { ModelError } from '../model-error';
import { sentence, type Said } from '../../protocol/sentence';

/** Pieces of a vocabulary at most. mT5, the largest of the family, has 250,112 pieces of 1.8 million characters. */
const MAX_PIECES = 1 << 19;
const MAX_PIECE_CHARACTERS = 4 << 20;
/** Characters of a piece at most. SentencePiece learns pieces of 16 at most. */
const MAX_PIECE_LENGTH = 32;
/** Added tokens at most. T5 has 103. */
const MAX_ADDED_TOKENS = 2000;
const MAX_ADDED_LENGTH = 64;
const MAX_ADDED_ID = 1 << 24;
/** Steps in a sequence, and items of a template, at most. */
const MAX_STEPS = 8;
/** Patterns that T5's tokenizers replace. Any other pattern might take hours to match. */
const KNOWN_PATTERNS: ReadonlySet<unknown> = new Set([' {2,}', ' +', '\\s+']);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks that a `tokenizer.json` has only the parts of T5's tokenizers. The check is needed because the library that reads
 * the file trusts its files.
 * @param description contents of the file
 * @param file for messages
 * @param vocab rows of the encoder's embedding table
 * @throws ModelError naming the file and the part
 */
export function checkTokenizer(description: unknown, file: string, vocab: number): Fields {
  const refuse = (part: string, what: Said): ModelError =>
    new ModelError(sentence`${file}: "${part}" ${what}; download it again.`);
  if (!isJsonObject(description))
    throw new ModelError(sentence`${file} must be a JSON object; download it again.`);
  checkModel(description.model, vocab, refuse);
  checkAddedTokens(description.added_tokens, refuse);
  if (!isNormalizer(description.normalizer))
    throw refuse('normalizer', sentence`must be one that a T5 tokenizer has`);
  if (!isPreTokenizer(description.pre_tokenizer))
    throw refuse('pre_tokenizer', sentence`must be one that a T5 tokenizer has`);
  if (!isPostProcessor(description.post_processor))
    throw refuse('post_processor', sentence`must be one that a T5 tokenizer has`);
  if (description.decoder !== null && !isMetaspace(description.decoder))
    throw refuse('decoder', sentence`must be one that a T5 tokenizer has`);
  return description;
}

type Refuse = (part: string, what: Said) => ModelError;

function checkModel(model: unknown, vocab: number, refuse: Refuse): void {
  if (!isJsonObject(model) || model.type !== 'Unigram')
    throw refuse('model.type', sentence`must be "Unigram", as in every T5 tokenizer`);
  const { vocab: pieces, unk_id: unknown } = model;
  const max = Math.min(vocab, MAX_PIECES);
  if (!Array.isArray(pieces) || pieces.length === 0 || pieces.length > max || !pieces.every(isPiece))
    throw refuse('model.vocab', sentence`must be a list of 1 to ${max} pieces [text, score]`);
  const characters = pieces.reduce((sum, [text]) => sum + text.length, 0);
  if (characters > MAX_PIECE_CHARACTERS)
    throw refuse('model.vocab', sentence`must have at most ${MAX_PIECE_CHARACTERS} characters in all`);
  if (!isIntegerBelow(unknown, pieces.length))
    throw refuse('model.unk_id', sentence`must be the place of a piece, 0 to ${pieces.length - 1}`);
}

function isPiece(value: unknown): value is readonly [string, number] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    isText(value[0], 1, MAX_PIECE_LENGTH) &&
    Number.isFinite(value[1])
  );
}

function checkAddedTokens(added: unknown, refuse: Refuse): void {
  const isToken = (token: unknown): boolean =>
    isJsonObject(token) &&
    isText(token.content, 1, MAX_ADDED_LENGTH) &&
    isIntegerBelow(token.id, MAX_ADDED_ID);
  if (!Array.isArray(added) || added.length > MAX_ADDED_TOKENS || !added.every(isToken))
    throw refuse(
      'added_tokens',
      sentence`must be a list of at most ${MAX_ADDED_TOKENS} tokens {id, content}`,
    );
}

function isNormalizer(value: unknown): boolean {
  if (value === null) return true;
  if (!isJsonObject(value)) return false;
  switch (value.type) {
    case 'Precompiled':
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
    case 'Lowercase':
    case 'StripAccents':
    case 'Strip':
      return true;
    case 'Replace':
      return isReplacement(value);
    case 'Sequence':
      return isSequence(value.normalizers, (step) => isNormalizer(step) && !isSequenceStep(step));
    default:
      return false;
  }
}

/** Whether this is a replacement that cannot make a text longer. */
function isReplacement({ pattern, content }: Fields): boolean {
  if (!isJsonObject(pattern)) return false;
  const { Regex: regex, String: text } = pattern;
  if (regex !== undefined) return KNOWN_PATTERNS.has(regex) && isText(content, 0, 1);
  return isText(text, 1, MAX_PIECE_LENGTH) && isText(content, 0, text.length);
}

function isPreTokenizer(value: unknown): boolean {
  if (value === null || isMetaspace(value)) return true;
  if (!isJsonObject(value)) return false;
  if (value.type === 'WhitespaceSplit') return true;
  return (
    value.type === 'Sequence' &&
    isSequence(value.pretokenizers, (step) => isPreTokenizer(step) && !isSequenceStep(step))
  );
}

function isMetaspace(value: unknown): boolean {
  if (!isJsonObject(value) || value.type !== 'Metaspace') return false;
  const { replacement = '▁', str_rep: replaces = replacement, prepend_scheme: scheme = 'always' } = value;
  const isMark = (mark: unknown): boolean => typeof mark === 'string' && /^\S$/u.test(mark);
  return isMark(replacement) && isMark(replaces) && ['always', 'first', 'never'].includes(String(scheme));
}

/** Whether this puts out the text once, with special tokens around it. */
function isPostProcessor(value: unknown): boolean {
  if (value === null) return true;
  if (!isJsonObject(value) || value.type !== 'TemplateProcessing') return false;
  const { single } = value;
  if (!isSequence(single, isTemplateItem)) return false;
  return single.filter((item) => isJsonObject(item) && item.Sequence !== undefined).length === 1;
}

function isTemplateItem(value: unknown): boolean {
  if (!isJsonObject(value) || Object.keys(value).length !== 1) return false;
  const { Sequence: sequence, SpecialToken: token } = value;
  if (sequence !== undefined) return isJsonObject(sequence) && sequence.id === 'A';
  return isJsonObject(token) && isText(token.id, 1, MAX_ADDED_LENGTH);
}

function isSequence(value: unknown, isStep: (step: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= MAX_STEPS && value.every(isStep);
}

function isSequenceStep(value: unknown): boolean {
  return value === null || (isJsonObject(value) && value.type === 'Sequence');
}

function isText(value: unknown, min: number, max: number): value is string {
  return typeof value === 'string' && value.length >= min && value.length <= max;
}

function isIntegerBelow(value: unknown, end: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < end;
}
