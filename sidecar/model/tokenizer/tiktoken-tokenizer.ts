import { ModelError } from '../model-error';
import { readModelLines } from '../model-text';
import type { PromptTokenizer } from './prompt-tokenizer';
import { sentence } from '../../protocol/sentence';

/** The largest size of a file of ranks, in bytes. Emu3's file has 2.6 MB. */
const MAX_RANK_BYTES = 32 << 20;
/** The largest size of the vision file, in bytes. It holds the names of further special tokens. Emu3's file has 0.8 MB. */
const MAX_VISION_BYTES = 16 << 20;

/**
 * The regular expression by which Emu3's tokenizer cuts a text into pieces (`tokenization_emu3.py`). The original is for Rust.
 * Its `\s` is `\p{White_Space}` here, because the `\s` of JavaScript differs from it in two characters. English endings such
 * as `'ll` match in upper and lower case. `ſ` (long s) is another lower case of S, so it matches, too.
 */
const SPACE = '\\p{White_Space}';
const PIECES = new RegExp(
  [
    "'(?:[sSſ]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])",
    '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+',
    '\\p{N}',
    ` ?[^${SPACE}\\p{L}\\p{N}]+[\\r\\n]*`,
    `${SPACE}*[\\r\\n]+`,
    `${SPACE}+(?!\\P{White_Space})`,
    `${SPACE}+`,
  ].join('|'),
  'gu',
);

/**
 * The names of the first special tokens. Their ids follow the last rank without a gap. The special tokens of the vision file
 * come after them. A special token stands for no text, but for a command such as "end of text", or for a patch of the picture.
 */
const SPECIAL_TOKENS = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  ...Array.from({ length: 205 }, (_, n) => `<|extra_${n}|>`),
];
const SPECIAL_BEGIN = '<|';
const SPECIAL_END = '|>';

/**
 * The tokenizer of Emu3's original release. It normalises a text to NFC and cuts it into pieces. In each piece it merges bytes
 * to longer parts. The *rank* of a part says how early it is merged, and it is also the id of the part's token.
 */
export class TiktokenTokenizer implements PromptTokenizer {
  private constructor(
    readonly file: string,
    /** The rank of each sequence of bytes that has one. Each character of a key is one byte. */
    private readonly ranks: ReadonlyMap<string, number>,
    /** The id of each special token, by its name. */
    private readonly specials: ReadonlyMap<string, number>,
  ) {}

  /**
   * Reads the two files of a tokenizer.
   * @param ranks path of the file of ranks. Each line is "base64 rank"
   * @param vision path of the vision file. Each line is the name of a special token
   * @throws ModelError when a file is missing, too large or damaged
   */
  static async open(ranks: string, vision: string): Promise<TiktokenTokenizer> {
    const known = parseRanks(await readModelLines(ranks, MAX_RANK_BYTES), ranks);
    const names = checkedNames(await readModelLines(vision, MAX_VISION_BYTES), vision);
    const specials = new Map([...SPECIAL_TOKENS, ...names].map((name, i) => [name, known.size + i]));
    return new TiktokenTokenizer(ranks, known, specials);
  }

  encode(text: string): readonly number[] {
    const ids: number[] = [];
    for (const part of this.parts(text.normalize('NFC'))) {
      if (typeof part === 'number') ids.push(part);
      else for (const [piece] of part.matchAll(PIECES)) ids.push(...this.merge(piece));
    }
    return ids;
  }

  idOf(token: string): number | undefined {
    return this.specials.get(token) ?? this.ranks.get(bytesOf(token));
  }

  /** The parts of a text, in their order. A special token in the text becomes its id, and the text between them stays text. */
  private *parts(text: string): Generator<string | number, void, void> {
    let done = 0;
    for (let at = text.indexOf(SPECIAL_BEGIN); at >= 0; at = text.indexOf(SPECIAL_BEGIN, at + 1)) {
      // The name of a special token contains `|>` only at its end. So the first `|>` ends it.
      const end = text.indexOf(SPECIAL_END, at) + SPECIAL_END.length;
      const id = at < done ? undefined : this.specials.get(text.slice(at, end));
      if (id === undefined) continue;
      yield text.slice(done, at);
      yield id;
      done = end;
    }
    yield text.slice(done);
  }

  /**
   * The ids of a piece. At first, each byte is one part. Again and again, two neighbouring parts become one: the two whose
   * bytes together have the lowest rank. The merging ends when no two neighbours together have a rank.
   */
  private merge(piece: string): number[] {
    const bytes = bytesOf(piece);
    const whole = this.ranks.get(bytes);
    if (whole !== undefined) return [whole];
    /** The offset at which each part begins. The last entry is the end of the piece. */
    const begins = Array.from({ length: bytes.length + 1 }, (_, i) => i);
    const rankOfPair = (part: number): number =>
      part + 2 < begins.length
        ? (this.ranks.get(bytes.slice(begins[part], begins[part + 2])) ?? Infinity)
        : Infinity;
    const pairs = begins.map((_, part) => rankOfPair(part));
    for (;;) {
      const best = lowest(pairs);
      if (best === undefined) break;
      begins.splice(best + 1, 1);
      pairs.splice(best + 1, 1);
      pairs[best] = rankOfPair(best);
      if (best > 0) pairs[best - 1] = rankOfPair(best - 1);
    }
    return begins.slice(0, -1).map((begin, part) => {
      return this.ranks.get(bytes.slice(begin, begins[part + 1])) ?? NaN;
    });
  }
}

/** The index of the lowest rank, the first one if several are equal. Undefined when no rank is finite. */
function lowest(ranks: readonly number[]): number | undefined {
  let best: number | undefined;
  let rank = Infinity;
  for (let i = 0; i < ranks.length; i++) {
    const here = ranks[i] ?? Infinity;
    if (here >= rank) continue;
    rank = here;
    best = i;
  }
  return best;
}

/** The UTF-8 bytes of a text, as a string with one character for each byte. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Reads the ranks from the lines of their file. @throws ModelError when a line is wrong, or a byte has no rank */
function parseRanks(lines: readonly string[], file: string): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  for (const line of lines) {
    const [, base64, rank] = /^([A-Za-z0-9+/]+={0,2}) (\d+)$/.exec(line) ?? [];
    // Ranks are also ids, and the ids of special tokens follow without a gap. So the ranks must be 0, 1, 2 … line by line.
    if (base64 === undefined || Number(rank) !== ranks.size)
      throw new ModelError(
        sentence`${file}: line ${ranks.size + 1} must be a token in base64 and the rank ${ranks.size}; download it again.`,
      );
    const token = Buffer.from(base64, 'base64').toString('latin1');
    if (ranks.has(token))
      throw new ModelError(sentence`${file}: line ${ranks.size + 1} repeats a token; download it again.`);
    ranks.set(token, ranks.size);
  }
  for (let byte = 0; byte < 256; byte++) {
    if (!ranks.has(String.fromCharCode(byte)))
      throw new ModelError(sentence`${file} has no token for byte ${byte}; download it again.`);
  }
  return ranks;
}

/** Returns the names if all of them have the form of special tokens. @throws ModelError */
function checkedNames(names: readonly string[], file: string): readonly string[] {
  const wrong = names.find(
    (name) =>
      !name.startsWith(SPECIAL_BEGIN) || name.indexOf(SPECIAL_END) !== name.length - SPECIAL_END.length,
  );
  if (wrong !== undefined)
    throw new ModelError(
      sentence`${file}: ${JSON.stringify(wrong.slice(0, 60))} is no special token such as "<|image token|>"; download it again.`,
    );
  return names;
}
