/** Golden ids are those of Hugging Face's `tokenizers` for Python: see test/golden/README.md. */
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

/** Opens a tokenizer of that description as that of the golden encoder, or of one that differs from it. */
function open(description: unknown, changed: Partial<T5Config> = {}): Promise<CaptionTokenizer> {
  const tokenizer = path.join(folder, 'tokenizer.json');
  writeFileSync(tokenizer, typeof description === 'string' ? description : JSON.stringify(description));
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
    ['a normaliser that nobody knows', { ...letters, normalizer: { type: 'Rot13' } }],
  ])('is refused by its name: %s', async (_, description, changed) => {
    const refused = open(description, changed);
    await expect(refused).rejects.toThrow(ModelError);
    await expect(refused).rejects.toThrow(path.join(folder, 'tokenizer.json'));
  });

  it('holds ids beyond the embeddings among its added tokens', async () => {
    const { added_tokens: added, ...rest } = letters as unknown as { added_tokens: object[] };
    const beyond = { ...added[0], id: 40, content: '<extra>' };
    const tokenizer = await open({ ...rest, added_tokens: [...added, beyond] }, { vocab: 40 });
    expect(tokenizer.encode('a', 9).ids).toEqual([3, 1]);
    expect(() => tokenizer.encode('a <extra>', 9)).toThrow('id 40 is outside 0..39');
  });
});
