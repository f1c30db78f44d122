import { Tokenizer } from '@huggingface/tokenizers';
import { ModelError } from '../model-error';
import { isJsonObject, parseStrictJson } from '../../files/strict-json';
import { WeightFile } from '../weights/weight-file';
import type { TextEncoderFolder } from './text-encoder-folder';

/** flan-t5's is 2.4 MB; four times the largest vocabulary of a published T5 (mT5, 16 MB) is still a file. */
const MAX_BYTES = 64 << 20;
const MAX_DEPTH = 32;

/** A caption in the ids of a text encoder's vocabulary. */
export interface TokenizedCaption {
  /** 1..maxTokens of them; the last is the token that ends a text. */
  readonly ids: readonly number[];
  /** Tokens before the caption was cut. */
  readonly fullLength: number;
  /** The words that did not fit in, as the tokenizer spells them; empty when all did. */
  readonly cut: string;
}

/**
 * The tokenizer of a T5 folder, from its `tokenizer.json`: SentencePiece's unigram model behind Unicode normalisation.
 * The library normalises by the rules (`nmt_nfkc`) that the file's table was made from, not by the table.
 */
export class CaptionTokenizer {
  private constructor(
    private readonly file: string,
    private readonly tokenizer: Tokenizer,
    private readonly vocab: number,
  ) {}

  /** @throws ModelError when the file is no tokenizer of this encoder; WeightsError when it cannot be read */
  static async open({ tokenizer: file, config }: TextEncoderFolder): Promise<CaptionTokenizer> {
    const description = await readDescription(file, config.vocab);
    const opened = new CaptionTokenizer(file, openTokenizer(description, file), config.vocab);
    if (opened.idsOf('').join() !== String(config.eosId)) {
      throw new ModelError(
        `${file}: "post_processor" does not end a text with token ${config.eosId}, the "eos_token_id" of config.json; download both again.`,
      );
    }
    return opened;
  }

  /** @param maxTokens at least 1; of a longer caption the first tokens are kept, and the token that ends it */
  encode(caption: string, maxTokens: number): TokenizedCaption {
    const all = this.idsOf(caption);
    if (all.length <= maxTokens) return { ids: all, fullLength: all.length, cut: '' };
    const cut = this.tokenizer.decode(all.slice(maxTokens - 1, -1), { skip_special_tokens: true });
    return { ids: [...all.slice(0, maxTokens - 1), ...all.slice(-1)], fullLength: all.length, cut };
  }

  private idsOf(text: string): number[] {
    const { ids } = this.tokenizer.encode(text);
    const wrong = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < this.vocab));
    if (wrong !== undefined)
      throw new ModelError(
        `${this.file}: id ${wrong} is outside 0..${this.vocab - 1} of config.json; download both again.`,
      );
    return ids;
  }
}

async function readDescription(file: string, vocab: number): Promise<object> {
  const bytes = await WeightFile.use(file, (opened) => {
    if (opened.size > MAX_BYTES)
      throw new ModelError(`${file}: a tokenizer of ${opened.size} bytes is none.`);
    return opened.read(0, opened.size, 'the tokenizer');
  });
  let description: unknown;
  try {
    description = parseStrictJson(bytes, MAX_DEPTH);
  } catch (cause) {
    throw new ModelError(
      `${file} ${cause instanceof Error ? cause.message : String(cause)}; download it again.`,
      { cause },
    );
  }
  const model = isJsonObject(description) ? description.model : undefined;
  if (!isJsonObject(description) || !isJsonObject(model) || model.type !== 'Unigram')
    throw new ModelError(`${file}: "model.type" must be "Unigram", as in every T5 tokenizer.`);
  const { vocab: pieces, unk_id: unknown } = model;
  if (!Array.isArray(pieces) || pieces.length === 0 || pieces.length > vocab || !pieces.every(isPiece))
    throw new ModelError(`${file}: "model.vocab" must be a list of 1 to ${vocab} pieces [text, score].`);
  if (!Number.isInteger(unknown) || Number(unknown) < 0 || Number(unknown) >= pieces.length)
    throw new ModelError(`${file}: "model.unk_id" must be the place of a piece, 0 to ${pieces.length - 1}.`);
  return description;
}

function isPiece(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && Number.isFinite(value[1])
  );
}

function openTokenizer(description: object, file: string): Tokenizer {
  try {
    return new Tokenizer(description, {});
  } catch (cause) {
    throw new ModelError(
      `${file} is no tokenizer that can be used (${cause instanceof Error ? cause.message : String(cause)}); download it again.`,
      { cause },
    );
  }
}
