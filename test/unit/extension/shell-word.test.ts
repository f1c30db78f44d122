import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../extension/shell-word';

/** The words that a real shell makes of a command line. */
function readBy(shell: 'sh' | 'bash', line: string): readonly string[] {
  const written = execFileSync(shell, ['-c', `printf '%s\\0' ${line}`]).toString('utf8');
  return written.split('\0').slice(0, -1);
}

const HOSTILE = [
  "it's",
  `"double" and 'single'`,
  '$HOME $(touch /tmp/x) ${PATH}',
  '`id`',
  'a; exit 1 # b && c | d > e < f & g',
  String.raw`back\slash \' \n`,
  '!! *? [a-z] ~ {a,b}',
  '',
  '  two  spaces ',
  '-dash',
  '“typographic” ‘quotes’ 夕焼け 🌋',
];
const WITH_CONTROLS = [
  "line\nbreak isn't",
  '\u001b[201~\rexit 1\n',
  'tab\tand\u0085\u009b\u0007 bell!',
  '\\\n',
];

describe('a word of a command line', () => {
  it('is read by a POSIX shell as the text that it was', () => {
    const words = HOSTILE.map((text) => shellWord(text, 'posix'));
    expect(readBy('sh', words.join(' '))).toEqual(HOSTILE);
    expect(readBy('bash', words.join(' '))).toEqual(HOSTILE);
  });

  it('holds no control character, and is still read as the text that it was', () => {
    const words = WITH_CONTROLS.map((text) => shellWord(text, 'posix'));
    for (const word of words) expect(word).not.toMatch(/\p{Cc}/u);
    expect(readBy('bash', words.join(' '))).toEqual(WITH_CONTROLS);
  });

  it('is read as it was, whatever the text', () => {
    const texts = fc.array(
      fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
      {
        minLength: 1,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(texts, (written) => {
        expect(readBy('bash', written.map((text) => shellWord(text, 'posix')).join(' '))).toEqual(written);
      }),
      { seed: 3, numRuns: 20 },
    );
  });

  it('stays plain where no shell gives it a meaning', () => {
    for (const text of ['vista-32', '--first-row', '0.9', '16x16', '/home/a/b.safetensors', '-1'])
      for (const shell of ['posix', 'powershell'] as const) expect(shellWord(text, shell)).toBe(text);
  });

  it('doubles the quotation marks that PowerShell reads as single ones', () => {
    expect(shellWord("it's; calc", 'powershell')).toBe("'it''s; calc'");
    expect(shellWord('a‘b’c', 'powershell')).toBe("'a‘‘b’’c'");
    expect(shellWord('$HOME `n "x" @y', 'powershell')).toBe('\'$HOME `n "x" @y\'');
    expect(shellWord('@splat', 'powershell')).toBe("'@splat'");
    expect(shellWord('a,b', 'powershell')).toBe("'a,b'");
  });

  it('writes control characters for PowerShell as numbers, and what would end the text with its escape', () => {
    expect(shellWord('a\u001b$x`"“\n', 'powershell')).toBe('"a$([char]27)`$x```"`“$([char]10)"');
  });
});
