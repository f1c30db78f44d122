/** Compares with the patterns of the reference. They are right, but slow on a long word. */
import { describe, expect, it } from 'vitest';
import { cleanCaption } from '../../../sidecar/prompt/clean-caption';
import { unicodePattern } from '../../../sidecar/prompt/unicode-pattern';
import { withoutAddresses, withoutFileNames, withoutTags } from '../../../sidecar/prompt/web-text';
import { randomIntegers } from '../weights/damage';

const ROUNDS = 20_000;

const PATTERNS: readonly [string, (text: string) => string, RegExp, readonly string[]][] = [
  [
    'names of files',
    withoutFileNames,
    unicodePattern(String.raw`\S+\.(?:png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4)`),
    ['.png', '.jpg', '.jpeg', '.mp4', '.', 'a', 'é', ' ', '\n', 'png', '.pngx', '😀'],
  ],
  [
    'tags',
    withoutTags,
    /<!--.*?-->|<[!/]?[a-z][^>]*>/gsu,
    ['<', '>', '<!--', '-->', '-', '!', '/', 'a', '<b', '</b', '<!x', '\n', ' ', 'é'],
  ],
  [
    'addresses',
    withoutAddresses,
    unicodePattern(String.raw`\b[a-z0-9.\-]+\.(?:com|co|ru|net|org|edu|gov|it)[\w\/\-]*\b\/?(?!@)`),
    ['.com', '.co', '.ru', '.it', 'com', 'a', 'b9', '.', '-', '/', '@', 'é', '_', ' ', '(', '.comé'],
  ],
];

describe.each(PATTERNS)('%s', (_, take, pattern, parts) => {
  it(`are found where the pattern finds them, in ${ROUNDS} texts`, () => {
    const random = randomIntegers(12);
    for (let round = 0; round < ROUNDS; round++) {
      const text = Array.from({ length: random(14) }, () => parts[random(parts.length)]).join('');
      expect([text, take(text)]).toEqual([text, text.replace(pattern, '')]);
    }
  });
});

/** A program that reads a text once for each of its characters takes hours for these texts. */
describe('a caption of 200,000 characters is cleaned in one go:', () => {
  const N = 200_000;
  const run = (part: string): string => part.repeat(Math.ceil(N / part.length)).slice(0, N);
  it.each<[string, string]>([
    ['one word', run('a')],
    ['digits', run('1') + '_'],
    ['digits, a cross, digits', `${run('1')}x${run('1')}_`],
    ['digits and dots', run('1.')],
    ['letters and digits', run('a1') + '_'],
    ['letters, a digit, a letter, digits', `a1a${run('1')}_`],
    ['letters and dots', run('a.')],
    ['hosts', run('a.com.')],
    ['hosts before an at sign', run('a.coma@')],
    ['dots', run('..com/')],
    ['hyphens', run('a-')],
    ['spaces', `a${run(' ')}b`],
    ['line breaks', `a${run('\n')}.b`],
    ['spaces and dots', run(' . ')],
    ['times of day', run('1:00   ')],
    ['tags that do not end', run('<a')],
    ['comments that do not end', run('<!--')],
    ['comments within a tag', `${run('<!--')}>`],
    ['quotes', run('"\'')],
    ['a quoted text', `"${run('a')}`],
    ['colons', run(' : ')],
    ['at signs', run('@a')],
    ['numbers', run('#1')],
    ['escapes of addresses', run('%41')],
    ['entities', run('&amp;')],
    ['ligatures', run('ﬁ')],
    ['file names', run('a.png')],
    ['endings', run('.png')],
    ['shipping', run('worldwide free   ')],
    ['pages', run('page   1')],
  ])('%s', (_, caption) => {
    expect(cleanCaption(caption).length).toBeLessThanOrEqual(2 * caption.length);
  });
});
