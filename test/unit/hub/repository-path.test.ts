import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCollision, isSafePath } from '../../../sidecar/hub/repository-path';

describe('a path from the hub', () => {
  it.each([
    'a.json',
    'sub/folder/vocab file#1.json',
    '.gitattributes',
    'com.json',
    'com10',
    'console.json',
    'naïve/日本.pt',
  ])('%j can be stored', (path) => {
    expect(isSafePath(path)).toBe(true);
  });

  it.each([
    '',
    '/etc/passwd',
    '../a',
    'a/../../b',
    './a',
    'a//b',
    'a/',
    'C:/a',
    'C:a',
    'a:b',
    'a.txt::$DATA',
    'a\\b',
    'a.',
    'a ',
    'a. /b',
    ' a',
    'a\u00a0',
    'con',
    'CON.txt',
    'sub/Nul.tar.gz',
    'NUL .txt',
    'COM0',
    'com\u00b9',
    'COM\u00b2.json',
    'LPT\u00b3',
    'aux/a.json',
    'CONIN$',
    'conout$.json',
    'tab\t',
    'nul\u0000l',
    'del\u007f',
    'c1\u009b',
    'right\u202eto-left',
    'zero\u200bwidth',
    'line\u2028break',
    'half\ud800',
    'a'.repeat(256),
    'ä'.repeat(128),
    'a/'.repeat(16) + 'a',
    ('a'.repeat(200) + '/').repeat(5) + 'a',
  ])('%j cannot', (path) => {
    expect(isSafePath(path)).toBe(false);
  });

  it('that can be stored lies inside the folder on every system', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        'C:',
        '\\',
        '/',
        '//',
        '~',
        'NUL',
        'com1',
        ' ',
        '\u0000',
        'a',
        'b.json',
        '\\\\?\\',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    const path = fc
      .array(piece, { maxLength: 8 })
      .chain((pieces) => fc.constantFrom(pieces.join('/'), pieces.join('')));
    fc.assert(
      fc.property(path, (text) => {
        if (!isSafePath(text)) return;
        expect(posix.resolve('/models/m', text)).toBe(`/models/m/${text}`);
        expect(win32.resolve('D:\\models\\m', text)).toBe(`D:\\models\\m\\${text.replaceAll('/', '\\')}`);
      }),
      { seed: 12, numRuns: 5000 },
    );
  });
});

describe('paths that cannot lie in one folder', () => {
  it.each([
    [
      ['A.json', 'a.json'],
      ['A.json', 'a.json'],
    ],
    [
      ['sub/a', 'x', 'SUB/A'],
      ['sub/a', 'SUB/A'],
    ],
    [
      ['\u00e9.pt', 'e\u0301.pt'],
      ['\u00e9.pt', 'e\u0301.pt'],
    ],
    [
      ['\u00c9.pt', 'e\u0301.pt'],
      ['\u00c9.pt', 'e\u0301.pt'],
    ],
    [
      ['stra\u00dfe', 'STRASSE'],
      ['stra\u00dfe', 'STRASSE'],
    ],
    [
      ['a', 'a/b'],
      ['a', 'a/b'],
    ],
    [
      ['A/b/c', 'a/B'],
      ['a/B', 'A/b/c'],
    ],
    [
      ['a', 'a'],
      ['a', 'a'],
    ],
  ])('are found: %j', (paths, found) => {
    expect(findCollision(paths)).toEqual(found);
  });

  it('do not include paths that can lie in one folder', () => {
    expect(findCollision(['a', 'b/a', 'ab', 'a.b/c', 'b/c'])).toBeUndefined();
  });
});
