import { unicodePattern } from './unicode-pattern';
import { withoutAddresses, withoutFileNames, withoutTags } from './web-text';

/**
 * How a caption is changed before a T5 text encoder sees it: `T5Embedder.text_preprocessing` in
 * the `language/t5.py` of the published text-to-image models. It was applied to the captions of the training set, too.
 *
 * The model knows no other text, so this file follows even the odd rules ("download" is dropped). One rule is left out:
 * repairing text that was decoded with a wrong character set (`ftfy`). Such text is not typed by people.
 */

/**
 * A rule that replaces everything it finds. A pattern here reads a text about once, whatever the text. Some patterns of the
 * reference read a text as often as it has characters. For these, another pattern or a function here finds the same.
 */
type Rule = readonly [pattern: RegExp, replacement: string] | ((text: string) => string);

const SUFFIXES = 'png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4';

/** Rules for text before entities of HTML are read. */
const WEB_TEXT: readonly Rule[] = [
  [/<person>/gu, 'person'],
  [unicodePattern(String.raw`\b(?:https?|www):(?:\/{1,3}|[a-z0-9%])`), ''],
  withoutAddresses,
  withoutTags,
];

const SYMBOLS: readonly Rule[] = [
  [unicodePattern(String.raw`@\w+\b`), ''],
  [/[\u31c0-\u9fff]+/gu, ''], // from CJK strokes to CJK ideographs
  [/\p{Pd}+/gu, '-'],
  [/[`´«»“”¨]/gu, '"'],
  [/[‘’]/gu, "'"],
  [/&quot;?|&amp/gu, ''],
  [unicodePattern(String.raw`\d{1,3}(?:\.\d{1,3}){3}`), ' '], // IP addresses
  [unicodePattern(String.raw`\d:\d\d\s+$`), ''],
  [/\\n/gu, ' '],
  [unicodePattern(String.raw`#(?:\d{1,3}|\d{5,})\b|\b\d{6,}\b`), ''],
  withoutFileNames,
  [/["']{2,}/gu, '"'],
  [/\.{2,}/gu, ' '],
  [/[#®•©™&@·º½¾¿¡§~()[\]{}|\\/*]+/gu, ' '],
  [/(?<!\s)\s+\.\s+/gu, ' '],
];

const CATALOGUE_NOISE: readonly Rule[] = [
  [unicodePattern(String.raw`\b[a-z]{1,3}\d{3,15}\b`), ''], // jc6640
  [unicodePattern(String.raw`\b[a-z]+\d+[a-z]+\b`), ''], // jc6640vc
  [unicodePattern(String.raw`\b\d+[a-z]+\d+\b`), ''], // 6640vc231
  [/(?:worldwide\s+)?(?:free\s+)?shipping/gu, ''],
  [/(?:free\s)?download(?:\sfree)?/gu, ''],
  [unicodePattern(String.raw`\bclick\s(?:for|on)\s\w+`), ''],
  [unicodePattern(String.raw`\b(?:${SUFFIXES})(?:\simages?)?`), ''],
  [unicodePattern(String.raw`\bpage\s+\d+\b`), ''],
  [unicodePattern(String.raw`\b\d*[a-z]+\d+[a-z]+\d[a-z\d]*\b`), ' '], // j2d1a2a
  [unicodePattern(String.raw`\b\d+(?:\.\d*)?[xх×]\d+(?:\.\d*)?\b`), ''], // 20x30, with a Latin or a Cyrillic x
];

const PUNCTUATION: readonly Rule[] = [
  [unicodePattern(String.raw`\b\s+:\s+`), ': '],
  [unicodePattern(String.raw`(\D[,.\/])\b`), '$1 '],
  [/\s+/gu, ' '],
  [/^["'](.+)["']$/gu, '$1'],
  [/^['_,\-:;]/gu, ''],
  [/['_,\-:+]$/gu, ''],
  [/^\.\S+$/gu, ''],
];

/** Most joints of a caption. A text with more is a name of a file or a page: this-is-my-cute-cat. */
const MOST_JOINTS = 3;

/**
 * Cleans a caption for a T5 text encoder: lower case, without addresses, tags and phrases of catalogues. The rules
 * run twice, as in the reference: the second time they remove what the first time uncovered. The result may be empty.
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
  return rules.reduce(
    (done, rule) => (typeof rule === 'function' ? rule(done) : done.replace(rule[0], rule[1])),
    text,
  );
}

/** Decodes a text from the query of a URL: "+" is a space, "%41" an A. */
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

/** Decodes the entities of HTML that occur in captions: those of markup, and numbers. */
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
