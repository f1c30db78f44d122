import { Tokenizer } from '@huggingface/tokenizers';
import { isJsonObject } from '../../files/strict-json';
import { ModelError } from '../model-error';
import { parseModelJson, readModelText } from '../model-text';
import type { PromptTokenizer } from './prompt-tokenizer';
import { isFastPattern } from './fast-pattern';
import { usingLibrary } from './tokenizer-library';
import { sentence, type Said } from '../../protocol/sentence';

/** Bytes of a `tokenizer.json` at most. The one of Emu3-Gen-hf has about 20 MB. */
const MAX_BYTES = 64 << 20;
const MAX_DEPTH = 32;
/** Tokens of a vocabulary at most. Emu3's has 184,622. */
const MAX_TOKENS = 1 << 20;

/** The byte-pair tokenizer of a `tokenizer.json`, as Hugging Face's tokenizers write it. */
export class JsonTokenizer implements PromptTokenizer {
  private constructor(
    readonly file: string,
    private readonly tokenizer: Tokenizer,
  ) {}

  /** @throws ModelError when the file cannot be read, or is no byte-pair tokenizer */
  static async open(file: string): Promise<JsonTokenizer> {
    const description = parseModelJson(await readModelText(file, MAX_BYTES), file, MAX_DEPTH);
    const checked = checkDescription(description, file);
    return new JsonTokenizer(
      file,
      usingLibrary(file, () => new Tokenizer(checked, {})),
    );
  }

  encode(text: string): readonly number[] {
    const { ids } = usingLibrary(this.file, () => this.tokenizer.encode(text, { add_special_tokens: false }));
    if (ids.every(isId)) return ids;
    throw new ModelError(
      sentence`${this.file} turns the text into what is no id of a token; download it again.`,
    );
  }

  idOf(token: string): number | undefined {
    const id = this.tokenizer.token_to_id(token);
    return isId(id) ? id : undefined;
  }
}

/** Checks the parts that decide how long the library works: the library trusts its files. @throws ModelError */
function checkDescription(description: unknown, file: string): object {
  const refuse = (part: string, what: Said): ModelError =>
    new ModelError(sentence`${file}: "${part}" ${what}; download it again.`);
  if (!isJsonObject(description))
    throw new ModelError(sentence`${file} must be a JSON object; download it again.`);
  const { model, added_tokens: added } = description;
  if (!isJsonObject(model) || model.type !== 'BPE')
    throw refuse(
      'model.type',
      sentence`must be "BPE", as in the tokenizers of all models that are read by prompts`,
    );
  const ids = isJsonObject(model.vocab) ? Object.values(model.vocab) : [];
  if (ids.length === 0 || ids.length > MAX_TOKENS || !ids.every(isId))
    throw refuse('model.vocab', sentence`must name 1 to ${MAX_TOKENS} tokens with their ids`);
  if (!Array.isArray(model.merges) || model.merges.length > MAX_TOKENS)
    throw refuse('model.merges', sentence`must be a list of at most ${MAX_TOKENS} merges`);
  const isAdded = (token: unknown): boolean =>
    isJsonObject(token) && typeof token.content === 'string' && token.content !== '' && isId(token.id);
  if (!Array.isArray(added) || added.length > MAX_TOKENS || !added.every(isAdded))
    throw refuse('added_tokens', sentence`must be a list of at most ${MAX_TOKENS} tokens {id, content}`);
  for (const part of ['normalizer', 'pre_tokenizer'] as const) {
    const slow = patternsIn(description[part]).find((pattern) => !isFastPattern(pattern));
    if (slow !== undefined) throw refuse(part, sentence`has a pattern that may take hours to match`);
  }
  return description;
}

/** Every regular expression in a part of the description. */
function patternsIn(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(patternsIn);
  if (!isJsonObject(part)) return [];
  const own = typeof part.Regex === 'string' ? [part.Regex] : [];
  return [...own, ...Object.values(part).flatMap(patternsIn)];
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < MAX_TOKENS;
}
