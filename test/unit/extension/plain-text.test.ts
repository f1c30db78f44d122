import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLines, plainText } from '../../../extension/window/plain-text';

/** The pattern with which VS Code 1.100 to 1.139 finds links in notifications, prompts and validation messages. */
const LINK = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
/** The pattern with which VS Code finds icons in the labels of quick picks, in prompts and in the status bar. */
const ICON = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/;
const JOINERS = /\u2060/g;

describe('foreign text', () => {
  it.each([
    '[Finish setup](command:workbench.action.terminal.sendSequence?%7B%7D)',
    'tiny [a](https://example.org) and [b](file:///etc/passwd "title")',
    '[label](COMMAND:x)',
    '[a\nb](command:x)',
    '[[x]](command:x)',
    '[x]\r(command:x)',
  ])('%j is no link, and reads as it was', (text) => {
    expect(LINK.test(plainText(text))).toBe(false);
    expect(plainText(text).replace(JOINERS, '')).toBe(text.replace(/[\r\n]/g, ' '));
  });

  it('names no icon', () => {
    expect(ICON.test(plainText('$(error) failed $(sync~spin)'))).toBe(false);
    expect(plainText('$(error)').replace(JOINERS, '')).toBe('$(error)');
  });

  it('keeps what people write', () => {
    for (const text of [
      'Größe: 3 × 4 (f(x))',
      '雪の山 [1]',
      '/home/a b/model.pt',
      'a\u200d👩‍🔬 עברית',
      'costs $5',
    ])
      expect(plainText(text)).toBe(text);
  });

  it('shows a replacement for control characters, half characters and characters that change the direction of a line', () => {
    expect(plainText('a\u0000b\u001b[31m\u009bc\u202ed\u2066e\ud800f')).toBe('a�b�[31m�c�d�e�f');
  });

  it('is one line, unless the lines are wanted', () => {
    expect(plainText('one\r\n  two\u2028three\tfour')).toBe('one two three four');
    expect(plainLines('one\r\ntwo')).toBe('one\ntwo');
  });

  it('holds no link and no icon, whatever it is made of', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '[',
        ']',
        '(',
        ')',
        '](',
        '$(',
        '$',
        '\n',
        '\r',
        '\t',
        ' ',
        '"',
        '\u2060',
        '\u200b',
        '\\',
      ),
      fc.constantFrom('command:x', 'https://a', 'file:///', 'label', 'error', '~spin', '\u0000', '\u202e'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const text = plainText(pieces.join(''));
        expect(LINK.test(text)).toBe(false);
        expect(ICON.test(text)).toBe(false);
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
        expect(plainText(text)).toBe(text);
      }),
      { seed: 12, numRuns: 2000 },
    );
  });
});
