/** Golden ids were computed by Hugging Face's `tokenizers` for Python: see test/golden/README.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelError } from '../../../sidecar/model/model-error';
import { CaptionTokenizer } from '../../../sidecar/model/t5/caption-tokenizer';
import { parseT5Config, type T5Config } from '../../../sidecar/model/t5/t5-config';
import { letterTokenizer } from '../../checkpoints/t5-folder';

const GOLDEN = path.join(__dirname, '../../golden/t5-encoder');
const read = (name: string): string => readFileSync(path.join(GOLDEN, name), 'utf8');
const golden = JSON.parse(read('golden.json')) as {
  tokenizer: { text: string; ids: number[]; olderIds: number[] }[];
  prompts: { caption: string; ids: number[]; fullLength: number }[];
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-tokenizer-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a tokenizer with this description, for the golden encoder or for a changed one. */
function open(description: unknown, changed: Partial<T5Config> = {}): Promise<CaptionTokenizer> {
  const tokenizer = path.join(folder, 'tokenizer.json');
  writeFileSync(
    tokenizer,
    typeof description === 'string' || Buffer.isBuffer(description)
      ? description
      : JSON.stringify(description),
  );
  const config = parseT5Config(read('config.json'), 'config.json');
  return CaptionTokenizer.open({
    folder,
    tokenizer,
    weights: '',
    config: { ...config, ...changed },
  });
}

describe('the ids of the reference', () => {
  it.each(golden.tokenizer)('for $text', async ({ text, ids }) => {
    const tokenizer = await open(read('tokenizer.json'));
    expect(tokenizer.encode(text, 120)).toEqual({ ids, fullLength: ids.length, cut: '' });
  });

  it.each(golden.tokenizer)('for $text, in the form of older files', async ({ text, olderIds }) => {
    const { normalizer, ...rest } = JSON.parse(read('tokenizer.json')) as {
      normalizer: { normalizers: unknown[] };
    };
    const tokenizer = await open({
      ...rest,
      normalizer: normalizer.normalizers[0],
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'WhitespaceSplit' },
          { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
        ],
      },
    });
    expect(tokenizer.encode(text, 120).ids).toEqual(olderIds);
  });

  it.each(golden.prompts)('for $caption', async ({ caption, ids, fullLength }) => {
    const encoded = (await open(read('tokenizer.json'))).encode(caption, 120);
    expect(encoded).toMatchObject({ ids, fullLength });
  });
});

it('cuts a long caption before its last tokens, keeps its end, and names what it cut', async () => {
  const tokenizer = await open(letterTokenizer());
  expect(tokenizer.encode('a red house', 4)).toEqual({ ids: [3, 4, 5, 1], fullLength: 4, cut: '' });
  expect(tokenizer.encode('a red house', 3)).toEqual({ ids: [3, 4, 1], fullLength: 4, cut: 'house' });
  expect(tokenizer.encode('a red house', 1)).toEqual({ ids: [1], fullLength: 4, cut: 'a red house' });
});

describe('a file that is no tokenizer of the encoder', () => {
  const letters = letterTokenizer() as { model: { vocab: unknown[] } };
  const withModel = (changed: object) => ({ ...letters, model: { ...letters.model, ...changed } });
  it.each<[string, unknown, Partial<T5Config>?]>([
    ['no JSON', '{"model": '],
    ['JSON of another kind', '[]'],
    ['a key twice', '{"model": {}, "model": {}}'],
    ['another algorithm', withModel({ type: 'BPE' })],
    ['no model', { ...letters, model: undefined }],
    ['no pieces', withModel({ vocab: [] })],
    ['pieces without scores', withModel({ vocab: [['a']] })],
    ['more pieces than the encoder has embeddings', letters, { vocab: 20 }],
    ['an end that is not the encoder’s', letters, { eosId: 0 }],
    ['an unknown piece that is none', withModel({ unk_id: 33 })],
    ['no unknown piece', withModel({ unk_id: null })],
    ['texts without end', { ...letters, post_processor: null }],
    ['parts missing', { model: letters.model }],
    ['a piece of a page', withModel({ vocab: [...letters.model.vocab, ['x'.repeat(33), 0]] }), { vocab: 99 }],
    ['an empty piece', withModel({ vocab: [...letters.model.vocab, ['', 0]] }), { vocab: 99 }],
    ['added tokens that are none', { ...letters, added_tokens: [null] }],
    ['added tokens without content', { ...letters, added_tokens: [{ id: 1 }] }],
    ['an added token without end', { ...letters, added_tokens: [{ id: 1, content: 'x'.repeat(65) }] }],
    [
      'more added tokens than T5 has',
      { ...letters, added_tokens: Array(2001).fill({ id: 1, content: 'x' }) },
    ],
    ['no list of added tokens', { ...letters, added_tokens: {} }],
    ['a normaliser without type', { ...letters, normalizer: {} }],
    ['a normaliser in a list', { ...letters, normalizer: [] }],
    ['normalisers that are none', { ...letters, normalizer: { type: 'Sequence', normalizers: [null] } }],
    ['normalisers in no list', { ...letters, normalizer: { type: 'Sequence', normalizers: 'x' } }],
    [
      'normalisers in normalisers',
      { ...letters, normalizer: { type: 'Sequence', normalizers: [{ type: 'Sequence', normalizers: [] }] } },
    ],
    [
      'more normalisers than any has',
      { ...letters, normalizer: { type: 'Sequence', normalizers: Array(9).fill({ type: 'NFC' }) } },
    ],
    [
      'a pattern that takes for ever',
      { ...letters, normalizer: { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' } },
    ],
    [
      'a replacement that grows',
      { ...letters, normalizer: { type: 'Replace', pattern: { String: 'a' }, content: 'aa' } },
    ],
    [
      'a replacement for nothing',
      { ...letters, normalizer: { type: 'Replace', pattern: { String: '' }, content: '' } },
    ],
    ['a replacement without pattern', { ...letters, normalizer: { type: 'Replace', content: '' } }],
    [
      'a split by a pattern',
      { ...letters, pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated' } },
    ],
    ['a mark of two characters', { ...letters, pre_tokenizer: { type: 'Metaspace', replacement: '▁▁' } }],
    ['a mark that is no text', { ...letters, pre_tokenizer: { type: 'Metaspace', replacement: 7 } }],
    ['a mark that is a space', { ...letters, pre_tokenizer: { type: 'Metaspace', replacement: ' ' } }],
    ['a template without text', { ...letters, post_processor: { type: 'TemplateProcessing', single: [] } }],
    ['a template of no list', { ...letters, post_processor: { type: 'TemplateProcessing', single: null } }],
    [
      'a template of something else',
      { ...letters, post_processor: { type: 'TemplateProcessing', single: [{ Sequence: { id: 'A' } }, {}] } },
    ],
    [
      'a template of two texts',
      {
        ...letters,
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ Sequence: { id: 'A' } }, { Sequence: { id: 'B' } }],
        },
      },
    ],
    ['another end', { ...letters, post_processor: { type: 'RobertaProcessing' } }],
    [
      'another decoder',
      { ...letters, decoder: { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' } },
    ],
    ['a decoder that is none', { ...letters, decoder: 'Metaspace' }],
    ['a normaliser that nobody knows', { ...letters, normalizer: { type: 'Rot13' } }],
  ])('is refused by its name: %s', async (_, description, changed) => {
    const refused = open(description, changed);
    await expect(refused).rejects.toThrow(ModelError);
    await expect(refused).rejects.toThrow(path.join(folder, 'tokenizer.json'));
  });

  it('is read with byte order mark, or in UTF-16', async () => {
    const text = JSON.stringify(letters);
    for (const bytes of [Buffer.from(`\ufeff${text}`), Buffer.from(`\ufeff${text}`, 'utf16le')])
      expect((await open(bytes)).encode('a', 9).ids).toEqual([3, 1]);
  });

  it('is read in one go when pieces contain pieces, and every letter is a piece', async () => {
    const vocab = [
      ...letters.model.vocab.slice(0, 3),
      ...Array.from({ length: 32 }, (_, i) => ['a'.repeat(i + 1), -1]),
    ];
    const tokenizer = await open({ ...letters, model: { ...letters.model, vocab } }, { vocab: 99 });
    expect(tokenizer.encode('a'.repeat(10_000), 120).ids).toHaveLength(120);
  });

  it('holds ids beyond the embeddings among its added tokens', async () => {
    const { added_tokens: added, ...rest } = letters as unknown as { added_tokens: object[] };
    const beyond = { ...added[0], id: 40, content: '<extra>' };
    const tokenizer = await open({ ...rest, added_tokens: [...added, beyond] }, { vocab: 40 });
    expect(tokenizer.encode('a', 9).ids).toEqual([3, 1]);
    expect(() => tokenizer.encode('a <extra>', 9)).toThrow('id 40 is outside 0..39');
  });
});
