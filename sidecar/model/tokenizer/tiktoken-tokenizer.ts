import { ModelError } from '../model-error';
import { readModelLines } from '../model-text';
import type { PromptTokenizer } from './prompt-tokenizer';

/** Bytes of a file of ranks at most. Emu3's has 2.6 MB. */
const MAX_RANK_BYTES = 32 << 20;
/** Bytes of the names of visual tokens at most. Emu3's file has 0.8 MB. */
const MAX_VISION_BYTES = 16 << 20;

/**
 * How Emu3's tokenizer cuts a text into pieces (`tokenization_emu3.py`). `\p{White_Space}` stands for the `\s` of Rust,
 * which differs from JavaScript's in two characters. The endings after an apostrophe match in any case; `ſ` is a form of s.
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

/** Special tokens that follow the ranks without a gap, before those of the vision file. */
const SPECIAL_TOKENS = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  ...Array.from({ length: 205 }, (_, n) => `<|extra_${n}|>`),
];
const SPECIAL_BEGIN = '<|';
const SPECIAL_END = '|>';

/** Emu3's original tokenizer: byte pairs merged by rank. A text is normalised to NFC first. */
export class TiktokenTokenizer implements PromptTokenizer {
  private constructor(
    readonly file: string,
    /** Rank of a sequence of bytes. Each character of a key is one byte. */
    private readonly ranks: ReadonlyMap<string, number>,
    private readonly specials: ReadonlyMap<string, number>,
  ) {}

  /**
   * @param ranks file of lines "base64 rank"
   * @param vision file of names of special tokens, one a line
   * @throws ModelError
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

  /** The text, with the ids of its special tokens in their places. */
  private *parts(text: string): Generator<string | number, void, void> {
    let done = 0;
    for (let at = text.indexOf(SPECIAL_BEGIN); at >= 0; at = text.indexOf(SPECIAL_BEGIN, at + 1)) {
      // A special token holds its end only at its end, so the first one decides.
      const end = text.indexOf(SPECIAL_END, at) + SPECIAL_END.length;
      const id = at < done ? undefined : this.specials.get(text.slice(at, end));
      if (id === undefined) continue;
      yield text.slice(done, at);
      yield id;
      done = end;
    }
    yield text.slice(done);
  }

  /** Merges the two neighbours whose union has the lowest rank, until no union has a rank. */
  private merge(piece: string): number[] {
    const bytes = bytesOf(piece);
    const whole = this.ranks.get(bytes);
    if (whole !== undefined) return [whole];
    /** Where each part begins; the last entry is the end. */
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

/** Index of the first lowest rank; undefined when no pair has a rank. */
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

/** The text in UTF-8, one character a byte. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function parseRanks(lines: readonly string[], file: string): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  for (const line of lines) {
    const [, base64, rank] = /^([A-Za-z0-9+/]+={0,2}) (\d+)$/.exec(line) ?? [];
    // An id is a rank, and special tokens follow the last rank. So ranks are the numbers of their lines.
    if (base64 === undefined || Number(rank) !== ranks.size)
      throw new ModelError(
        `${file}: line ${ranks.size + 1} must be a token in base64 and the rank ${ranks.size}; download it again.`,
      );
    const token = Buffer.from(base64, 'base64').toString('latin1');
    if (ranks.has(token))
      throw new ModelError(`${file}: line ${ranks.size + 1} repeats a token; download it again.`);
    ranks.set(token, ranks.size);
  }
  for (let byte = 0; byte < 256; byte++) {
    if (!ranks.has(String.fromCharCode(byte)))
      throw new ModelError(`${file} has no token for byte ${byte}; download it again.`);
  }
  return ranks;
}

function checkedNames(names: readonly string[], file: string): readonly string[] {
  const wrong = names.find(
    (name) =>
      !name.startsWith(SPECIAL_BEGIN) || name.indexOf(SPECIAL_END) !== name.length - SPECIAL_END.length,
  );
  if (wrong !== undefined)
    throw new ModelError(
      `${file}: ${JSON.stringify(wrong.slice(0, 60))} is no special token such as "<|image token|>"; download it again.`,
    );
  return names;
}
