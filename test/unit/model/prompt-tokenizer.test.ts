/** Tokenizers of prompts, held against what the published tokenizers make of the same texts (test/golden/README.md). */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isFastPattern } from '../../../sidecar/model/tokenizer/fast-pattern';
import {
  openPromptTokenizer,
  promptTokenizerIn,
} from '../../../sidecar/model/tokenizer/open-prompt-tokenizer';
import { neededId } from '../../../sidecar/model/tokenizer/prompt-tokenizer';

const GOLDEN = path.join(__dirname, '../../golden');

interface Golden {
  readonly ids: Readonly<Record<string, number>>;
  readonly tokenizer_samples: readonly (Readonly<Record<string, number[]>> & { readonly text: string })[];
}

function golden(family: string): Golden {
  return JSON.parse(readFileSync(path.join(GOLDEN, family, 'golden.json'), 'utf8')) as Golden;
}

describe.each([
  ['janus', 'Janus-Pro', 'ids_without_bos', { bos: '<｜begin▁of▁sentence｜>', boi: '<begin_of_image>' }],
  ['janus', 'Janus-Pro-hf', 'ids_without_bos', { pad: '<｜▁pad▁｜>' }],
  ['lumina', 'Lumina-mGPT', 'ids_without_bos', { bos: '<s>', first_image: 'IMGIMGAZ' }],
  ['lumina', 'chameleon/tokenizer', 'ids_without_bos', { end_of_line: '<reserved08799>' }],
  ['emu3', 'Emu3-Gen-hf', 'tokenizer_json_ids', { bos: '<|extra_203|>', boi: '<|image start|>' }],
  ['emu3', 'Emu3-Gen', 'tiktoken_ids', { eol: '<|extra_200|>', first_visual: '<|visual token 000000|>' }],
])('the tokenizer of %s/%s', (family, folder, key, names) => {
  const { ids, tokenizer_samples: samples } = golden(family);
  const opened = openPromptTokenizer([path.join(GOLDEN, family, folder)], ids.vocab ?? 0);

  it.each(samples.map((sample) => [JSON.stringify(sample.text).slice(0, 60), sample] as const))(
    'reads %s as the reference does',
    async (_, sample) => {
      expect((await opened).encode(sample.text)).toEqual(sample[key]);
    },
  );

  it('knows special tokens by their names', async () => {
    for (const [id, name] of Object.entries(names)) expect(neededId(await opened, name)).toBe(ids[id]);
  });

  it('refuses ids that the model has no embedding for', async () => {
    const small = await openPromptTokenizer([path.join(GOLDEN, family, folder)], 10);
    expect(() => small.encode('a red house')).toThrow(/is outside the model's vocabulary of 10/);
  });
});

it('opens a tokenizer once for all prompts of a model', async () => {
  const tokenizer = promptTokenizerIn([path.join(GOLDEN, 'emu3/Emu3-Gen-hf')], 1 << 18);
  expect(await tokenizer()).toBe(await tokenizer());
});

describe('a tokenizer that cannot be used', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zipar-tokenizer-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const open = () => openPromptTokenizer([folder], 1000);
  const description = () =>
    JSON.parse(readFileSync(path.join(GOLDEN, 'janus/Janus-Pro/tokenizer.json'), 'utf8')) as Record<
      string,
      unknown
    >;

  it('is missing', async () => {
    await expect(open()).rejects.toThrow(/tokenizer\.json is missing.*download the tokenizer/);
  });

  it.each<[string, (json: Record<string, unknown>) => unknown]>([
    ['model.type', (json) => ({ ...json, model: { type: 'WordPiece', vocab: {} } })],
    ['model.vocab', (json) => ({ ...json, model: { type: 'BPE', vocab: { a: -1 }, merges: [] } })],
    ['model.merges', (json) => ({ ...json, model: { type: 'BPE', vocab: { a: 0 } } })],
    ['added_tokens', (json) => ({ ...json, added_tokens: [{ id: 'x', content: 'y' }] })],
    ['pre_tokenizer', (json) => ({ ...json, pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+' } } })],
  ])('has an impossible %s', async (part, change) => {
    writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(change(description())));
    await expect(open()).rejects.toThrow(`"${part}"`);
  });

  it('lacks a token that prompts need', async () => {
    writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(description()));
    const tokenizer = await open();
    expect(() => neededId(tokenizer, '<|image start|>')).toThrow(/has no token "<\|image start\|>"/);
  });

  it.each<[string, (ranks: string[]) => string[]]>([
    ['rank 0', (ranks) => ranks.slice(1)],
    ['no token for byte 33', (ranks) => ranks.map((line, i) => (i === 0 ? 'AAAAAA== 0' : line))],
    [
      'repeats a token',
      (ranks) => ranks.map((line, i) => (i === 1 ? `${ranks[0]?.split(' ')[0] ?? ''} 1` : line)),
    ],
  ])('is a file of ranks with %s', async (problem, change) => {
    cpSync(path.join(GOLDEN, 'emu3/Emu3-Gen'), folder, { recursive: true });
    const file = path.join(folder, 'emu3.tiktoken');
    writeFileSync(file, change(readFileSync(file, 'utf8').trimEnd().split('\n')).join('\n'));
    await expect(open()).rejects.toThrow(problem);
  });

  it('names a visual token that could be text', async () => {
    cpSync(path.join(GOLDEN, 'emu3/Emu3-Gen'), folder, { recursive: true });
    writeFileSync(path.join(folder, 'emu3_vision_tokens.txt'), '<|image token|>\nhello\n');
    await expect(open()).rejects.toThrow(/"hello" is no special token/);
  });
});

describe('Emu3’s pieces', () => {
  const opened = openPromptTokenizer([path.join(GOLDEN, 'emu3/Emu3-Gen')], 1000);
  const ranks = readFileSync(path.join(GOLDEN, 'emu3/Emu3-Gen/emu3.tiktoken'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line.split(' ')[0] ?? '', 'base64').toString('latin1'));

  it.each([
    ['composes accents', 'cafe\u0301', 'caf\u00e9'],
    ['leaves an unfinished special token as text', '<|extra_1 <|extra_200|>', '<|extra_1 <|extra_200|>'],
    ['keeps spaces before a word', '   word', '   word'],
    ['keeps a long run of letters', 'ab'.repeat(3000), 'ab'.repeat(3000)],
  ])('%s', async (_, text, expected) => {
    const ids = (await opened).encode(text);
    const eol = (await opened).idOf('<|extra_200|>');
    const spelled = ids.map((id) => (id === eol ? '<|extra_200|>' : (ranks[id] ?? `<${id}>`))).join('');
    expect(Buffer.from(spelled, 'latin1').toString('utf8')).toBe(expected);
  });
});

describe('a pattern is quick to match', () => {
  it.each([
    '[\\r\\n]',
    '\\s?[!-/:-~]+',
    "(?i:'s|'t)|[^\\r\\n\\p{L}]?\\p{L}+|\\s+(?!\\S)",
    '(?:ab)+',
    '[(+]+',
  ])('without nested repetitions: %s', (pattern) => {
    expect(isFastPattern(pattern)).toBe(true);
  });
  it.each(['(a+)+', '(?:a*b)*c', '((a|b+)c){2,}', `a${'b?'.repeat(6000)}`])(
    'or is refused: %s',
    (pattern) => {
      expect(isFastPattern(pattern)).toBe(false);
    },
  );
});
