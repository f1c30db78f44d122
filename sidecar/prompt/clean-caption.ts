/**
 * What a caption goes through before LlamaGen's text encoder sees it: `T5Embedder.text_preprocessing` in
 * github.com/FoundationVision/LlamaGen `language/t5.py`, which its `sample_t2i.py` applies to prompts and its
 * `extract_t5_feature.py` applied to the captions of the training set. The model knows no other text, so the rules are
 * followed even where they are odd ("download" is dropped); what is not: repairing text that was decoded with a wrong
 * character set (`ftfy`), which nobody types.
 */

/** What is found is replaced, everywhere. */
type Rule = readonly [pattern: RegExp, replacement: string];

const SUFFIXES = 'png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4';

/** Before entities of HTML are read. */
const WEB_TEXT: readonly Rule[] = [
  [/<person>/gu, 'person'],
  [regExp(String.raw`\b(?:https?|www):(?:\/{1,3}|[a-z0-9%])`), ''],
  [regExp(String.raw`\b[a-z0-9.\-]+\.(?:com|co|ru|net|org|edu|gov|it)[\w\/\-]*\b\/?(?!@)`), ''],
  [/<!--.*?-->|<[!/]?[a-z][^>]*>/gsu, ''],
];

const SYMBOLS: readonly Rule[] = [
  [regExp(String.raw`@\w+\b`), ''],
  [/[\u31c0-\u9fff]+/gu, ''], // from CJK strokes to CJK ideographs
  [/\p{Pd}+/gu, '-'],
  [/[`´«»“”¨]/gu, '"'],
  [/[‘’]/gu, "'"],
  [/&quot;?|&amp/gu, ''],
  [regExp(String.raw`\d{1,3}(?:\.\d{1,3}){3}`), ' '], // addresses of machines
  [regExp(String.raw`\d:\d\d\s+$`), ''],
  [/\\n/gu, ' '],
  [regExp(String.raw`#(?:\d{1,3}|\d{5,})\b|\b\d{6,}\b`), ''],
  [regExp(String.raw`\S+\.(?:${SUFFIXES})`), ''],
  [/["']{2,}/gu, '"'],
  [/\.{2,}/gu, ' '],
  [/[#®•©™&@·º½¾¿¡§~()[\]{}|\\/*]+/gu, ' '],
  [/\s+\.\s+/gu, ' '],
];

const CATALOGUE_NOISE: readonly Rule[] = [
  [regExp(String.raw`\b[a-z]{1,3}\d{3,15}\b`), ''], // jc6640
  [regExp(String.raw`\b[a-z]+\d+[a-z]+\b`), ''], // jc6640vc
  [regExp(String.raw`\b\d+[a-z]+\d+\b`), ''], // 6640vc231
  [/(?:worldwide\s+)?(?:free\s+)?shipping/gu, ''],
  [/(?:free\s)?download(?:\sfree)?/gu, ''],
  [regExp(String.raw`\bclick\s(?:for|on)\s\w+`), ''],
  [regExp(String.raw`\b(?:${SUFFIXES})(?:\simages?)?`), ''],
  [regExp(String.raw`\bpage\s+\d+\b`), ''],
  [regExp(String.raw`\b\d*[a-z]+\d+[a-z]+\d+[a-z\d]*\b`), ' '], // j2d1a2a
  [regExp(String.raw`\b\d+\.?\d*[xх×]\d+\.?\d*\b`), ''], // 20x30, with a Latin or a Cyrillic x
];

const PUNCTUATION: readonly Rule[] = [
  [regExp(String.raw`\b\s+:\s+`), ': '],
  [regExp(String.raw`(\D[,.\/])\b`), '$1 '],
  [/\s+/gu, ' '],
  [/^["'](.+)["']$/gu, '$1'],
  [/^['_,\-:;]/gu, ''],
  [/['_,\-:+]$/gu, ''],
  [/^\.\S+$/gu, ''],
];

/** More joints than this, and the text is a name of a file or a page: this-is-my-cute-cat. */
const MOST_JOINTS = 3;

/**
 * A caption as LlamaGen's text encoder is given it: lower case, without addresses, tags and the noise of catalogues.
 * Cleaned twice, as in the reference: what one pass uncovers the next one removes. May come out empty.
 */
export function cleanCaption(caption: string): string {
  return cleanOnce(cleanOnce(caption));
}

function cleanOnce(caption: string): string {
  let text = readEntities(apply(WEB_TEXT, unquoteUrl(caption).trim().toLowerCase()));
  text = apply(SYMBOLS, text);
  if ((text.match(/[\-_]/gu) ?? []).length > MOST_JOINTS) text = text.replace(/[\-_]/gu, ' ');
  text = readEntities(readEntities(text))
    .normalize('NFC')
    .replace(/[\ufb00-\ufb06\uff01-\uffee]+/gu, (typeset) => typeset.normalize('NFKC')) // ligatures, full width
    .trim();
  return apply(PUNCTUATION, apply(CATALOGUE_NOISE, text)).trim();
}

function apply(rules: readonly Rule[], text: string): string {
  return rules.reduce((done, [pattern, replacement]) => done.replace(pattern, replacement), text);
}

/** A text as it stands in the query of a URL: "+" is a space, "%41" an A. */
function unquoteUrl(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/(?:%[\da-f]{2})+/giu, (bytes) =>
      Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

/** The entities of HTML that stand in captions: those of markup, and numbers. */
function readEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/giu,
    (entity, ...groups) => {
      const [decimal, hexadecimal, name] = groups as (string | undefined)[];
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? entity;
      const code = decimal === undefined ? parseInt(hexadecimal ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity;
    },
  );
}

/** A pattern whose `\w`, `\d` and `\b` know all scripts, as they do in Python and do not in JavaScript. */
function regExp(source: string): RegExp {
  const word = String.raw`[\p{L}\p{N}_]`;
  const unicode = source
    .replaceAll(String.raw`\b`, `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`)
    .replaceAll(String.raw`\w`, word)
    .replaceAll(String.raw`\d`, String.raw`\p{Nd}`)
    .replaceAll(String.raw`\D`, String.raw`\P{Nd}`);
  return new RegExp(unicode, 'gv');
}
