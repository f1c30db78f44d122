import { Tokenizer } from '@huggingface/tokenizers';
import { ModelError } from '../model-error';
import { parseModelJson, readModelText } from '../model-text';
import { usingLibrary } from '../tokenizer/tokenizer-library';
import type { TextEncoderFolder } from './text-encoder-folder';
import { checkTokenizer } from './tokenizer-description';
import { sentence } from '../../protocol/sentence';

/** Bytes of a `tokenizer.json` at most. flan-t5's has 2.4 MB, mT5's 16 MB. */
const MAX_BYTES = 32 << 20;
const MAX_DEPTH = 32;

/** A caption as ids of a text encoder's vocabulary. */
export interface TokenizedCaption {
  /** 1..maxTokens ids; the last is the token that ends a text. */
  readonly ids: readonly number[];
  /** Number of tokens before the caption was cut. */
  readonly fullLength: number;
  /** The words that did not fit, as the tokenizer spells them; empty when all words fit. */
  readonly cut: string;
}

/**
 * The tokenizer of a T5 folder, from its `tokenizer.json`: SentencePiece's unigram model after Unicode normalisation. The
 * library does not use the table in the file. It normalises by the rules (`nmt_nfkc`) from which that table was made.
 */
export class CaptionTokenizer {
  private constructor(
    private readonly file: string,
    private readonly tokenizer: Tokenizer,
    private readonly vocab: number,
  ) {}

  /** @throws ModelError when the file cannot be read, or is no tokenizer of this encoder */
  static async open({ tokenizer: file, config }: TextEncoderFolder): Promise<CaptionTokenizer> {
    const description = await readDescription(file, config.vocab);
    const tokenizer = usingLibrary(file, () => new Tokenizer(description, {}));
    const opened = new CaptionTokenizer(file, tokenizer, config.vocab);
    if (opened.idsOf('').join() !== String(config.eosId)) {
      throw new ModelError(
        sentence`${file}: "post_processor" does not end a text with token ${config.eosId}, the "eos_token_id" of config.json; download both again.`,
      );
    }
    return opened;
  }

  /** @param maxTokens at least 1; of a longer caption, the first tokens are kept, followed by the token that ends a text */
  encode(caption: string, maxTokens: number): TokenizedCaption {
    const all = this.idsOf(caption);
    if (all.length <= maxTokens) return { ids: all, fullLength: all.length, cut: '' };
    const cut = usingLibrary(this.file, () =>
      this.tokenizer.decode(all.slice(maxTokens - 1, -1), { skip_special_tokens: true }),
    );
    return { ids: [...all.slice(0, maxTokens - 1), ...all.slice(-1)], fullLength: all.length, cut };
  }

  private idsOf(text: string): number[] {
    const { ids } = usingLibrary(this.file, () => this.tokenizer.encode(text));
    const wrong = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < this.vocab));
    if (wrong !== undefined)
      throw new ModelError(
        sentence`${this.file}: id ${wrong} is outside 0..${this.vocab - 1} of config.json; download both again.`,
      );
    return ids;
  }
}

async function readDescription(file: string, vocab: number): Promise<object> {
  return checkTokenizer(parseModelJson(await readModelText(file, MAX_BYTES), file, MAX_DEPTH), file, vocab);
}
