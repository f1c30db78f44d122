import { unicodePattern } from './unicode-pattern';

/**
 * Removes parts of captions from web pages that are no caption. `T5Embedder.clean_caption` does so with
 * patterns. Those patterns read a text that is one long word as often as it has characters. Each function here reads it
 * once.
 */

const SUFFIX = /\.(?:png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4)/g;

/**
 * Removes names of files: the pattern `\S+\.(?:png|jpg|...)`. In each word it removes everything up to the last such
 * ending.
 */
export function withoutFileNames(text: string): string {
  return text.replace(/\S+/gu, (word) => {
    let end = 0;
    for (const { index, 0: suffix } of word.matchAll(SUFFIX)) if (index > 0) end = index + suffix.length;
    return word.slice(end);
  });
}

/** Removes comments and tags of HTML: the pattern `<!--.*?-->|<[!/]?[a-z][^>]*>`. */
export function withoutTags(text: string): string {
  const kept: string[] = [];
  let from = 0;
  // If no end follows one comment or tag, no end follows the next one either.
  const lastEnd = { comment: text.lastIndexOf('-->'), tag: text.lastIndexOf('>') };
  for (const { index: begin, 0: opening } of text.matchAll(/<(?:!--|[!/]?[a-z])/g)) {
    if (begin < from) continue;
    const isComment = opening === '<!--';
    const inside = begin + opening.length;
    if (inside > (isComment ? lastEnd.comment : lastEnd.tag)) continue;
    kept.push(text.slice(from, begin));
    from = isComment ? text.indexOf('-->', inside) + 3 : text.indexOf('>', inside) + 1;
  }
  return kept.join('') + text.slice(from);
}

const BOUNDARY = unicodePattern(String.raw`\b`, 'y');
const HOST = /[a-z0-9.\-]+/g;
const DOMAIN = unicodePattern(String.raw`\.(?:com|co|ru|net|org|edu|gov|it)[\w\/\-]*\b\/?(?!@)`, 'y');

/**
 * Removes addresses of pages: the pattern `\b[a-z0-9.\-]+\.(?:com|co|...)[\w\/\-]*\b\/?(?!@)`. The function looks at each
 * run of letters, digits, dots and hyphens. An address begins at the first word boundary in the run, and goes to the last
 * domain in it.
 */
export function withoutAddresses(text: string): string {
  const kept: string[] = [];
  let from = 0;
  HOST.lastIndex = 0;
  for (let run = HOST.exec(text); run; run = HOST.exec(text)) {
    const found = addressIn(text, run.index, run[0]);
    if (!found) continue;
    kept.push(text.slice(from, found.begin));
    from = HOST.lastIndex = found.end;
  }
  return kept.join('') + text.slice(from);
}

function addressIn(text: string, at: number, run: string): { begin: number; end: number } | undefined {
  for (let dot = run.lastIndexOf('.'); dot > 0; dot = run.lastIndexOf('.', dot - 1)) {
    DOMAIN.lastIndex = at + dot;
    if (!DOMAIN.test(text)) continue;
    const begin = firstBoundary(text, at, at + dot);
    return begin === undefined ? undefined : { begin, end: DOMAIN.lastIndex };
  }
  return undefined;
}

/** The first word boundary from `at` on, before `end`. */
function firstBoundary(text: string, at: number, end: number): number | undefined {
  for (BOUNDARY.lastIndex = at; BOUNDARY.lastIndex < end; BOUNDARY.lastIndex = ++at)
    if (BOUNDARY.test(text)) return at;
  return undefined;
}
