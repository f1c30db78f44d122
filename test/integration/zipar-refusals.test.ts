/** Bad input for every command: exit code 2 and one sentence, before anything long starts. No file is left behind. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runZipar } from './zipar-process';
import { EMBEDDED } from '../fixtures/embedded-model';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-refusals-'));
  writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(new Array(EMBEDDED.cells).fill(3)));
  writeFileSync(path.join(folder, 'noise.bin'), Uint8Array.of(0xff, 0x00, 0xc3, 0x28));
  mkdirSync(path.join(folder, 'empty'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const BAD_NUMBERS = ['NaN', 'Infinity', '1e309', '0x10', '', 'x', '9'.repeat(400)];

/** A correct call of each command, and its options that take numbers. */
const COMMANDS: Readonly<
  Record<string, { readonly call: readonly string[]; readonly numbers: readonly string[] }>
> = {
  generate: {
    call: ['generate', 'snow', '--tokens-only'],
    numbers: ['--window', '--seed', '--cfg', '--temperature', '--top-k', '--top-p'],
  },
  score: { call: ['score', 'snow', '--tokens', 'tokens.json'], numbers: ['--cfg'] },
  decode: { call: ['decode', '--tokens', 'tokens.json', '--out', 'a.png'], numbers: ['--grid'] },
  steps: { call: ['steps', '--grid', '8x8', '--window', '3'], numbers: ['--window', '--grid'] },
  eval: {
    call: ['eval', '--decoders', 'zipar:4'],
    numbers: ['--images', '--seed', '--cfg', '--temperature', '--top-k', '--top-p', '--jobs'],
  },
  bench: {
    call: ['bench'],
    numbers: ['--threads', '--cfg', '--windows', '--tokens', '--lengths', '--rounds', '--passes'],
  },
};

async function expectRefusal(args: readonly string[], named: string): Promise<void> {
  const before = readdirSync(folder);
  const { code, stdout, stderr } = await runZipar(folder, args);
  expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
  expect(stderr).toContain(named);
  expect(stderr).toMatch(/^zipar: [^\n]+\n$/);
  expect(readdirSync(folder)).toEqual(before);
}

describe.each(Object.values(COMMANDS))('zipar $call', ({ call, numbers }) => {
  it('refuses values that are not numbers', async () => {
    // Not every pair is tried: each option is tried with some values, and each value with some options.
    for (const [i, option] of numbers.entries())
      for (const value of BAD_NUMBERS.filter((_, j) => (i + j) % 3 === 0))
        await expectRefusal([...call, `${option}=${value}`], option);
  });

  it('refuses unknown options, too many arguments, and options without a value', async () => {
    await expectRefusal([...call, '--nonsense'], '--nonsense');
    await expectRefusal([...call, 'one', 'too', 'many'], 'too many arguments');
    await expectRefusal([...call, numbers[0] ?? ''], 'argument missing');
  });
});

describe.each(Object.values(COMMANDS).filter(({ call }) => call[0] !== 'steps'))(
  'zipar $call',
  ({ call }) => {
    it.each([
      ['missing', './missing', 'missing'],
      ['an empty folder', 'empty', 'empty'],
      ['noise', 'noise.bin', 'noise.bin'],
      ['a name that no model has', 'nowhere', 'nowhere'],
      ['the empty name', '', ''],
    ])('refuses a model that is %s', async (_, model, named) => {
      await expectRefusal([...call, `--model=${model}`], named);
    });
  },
);

describe.each(['score', 'decode'])('zipar %s', (name) => {
  it.each(['missing.json', 'empty', 'noise.bin', ''])('refuses tokens from %j', async (file) => {
    await expectRefusal([...(COMMANDS[name]?.call ?? []), `--tokens=${file}`], file);
  });
});

it.each([
  [['generate', '--caption', 'missing.safetensors', '--tokens-only'], ''],
  [['generate', '--class', 'NaN', '--tokens-only'], 'class'],
  [['generate', '--class', '-1', '--tokens-only'], '--class'],
  [['generate', '--class', '1e309', '--tokens-only'], 'class'],
  [['generate', '', '--tokens-only'], ''],
  [['generate', 'snow', '--seed', '4294967296'], '--seed'],
  [['generate', 'snow', '--cfg', '-1', '--tokens-only'], 'uidance'],
  [['generate', 'snow', '--temperature', '-0', '--tokens-only'], 'emperature'],
  [['generate', 'snow', '--top-p', '0', '--tokens-only'], 'op-p'],
  [['score', 'snow'], '--tokens'],
  [['decode', '--tokens', 'tokens.json'], '--out'],
  [['decode', '--tokens', 'tokens.json', '--grid', '9x9', '--out', 'a.png'], `${EMBEDDED.cells} tokens`],
  [['eval', '--prompts', 'missing.json'], 'missing.json'],
  [['eval', '--prompts', 'noise.bin'], 'noise.bin'],
  [['eval', '--judge', 'missing'], 'missing'],
  [['eval', '--decoders', 'zipar:NaN'], 'zipar:NaN'],
  [['eval', '--images', '0'], '--images'],
  [['bench', '--against', 'missing.json'], 'missing.json'],
  [['bench', '--against', 'noise.bin'], 'noise.bin'],
  [['bench', '--precision', 'float8'], '--precision'],
  [['bench', '--provider', 'none'], '--provider'],
  [['add', './missing'], 'missing'],
  [['add', 'empty'], 'empty'],
  [['add'], 'missing required argument'],
  [['doctor', '--nonsense'], '--nonsense'],
  [['serve', '--nonsense'], '--nonsense'],
  [['nonsense'], 'nonsense'],
])('zipar %j is refused', async (args, named) => {
  await expectRefusal(args, named);
});
