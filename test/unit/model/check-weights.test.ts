/** Checks of the weights that a run needs, made when the run is planned. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkWeights } from '../../../sidecar/model/check-weights';
import { ModelError } from '../../../sidecar/model/model-error';
import { readModelFolder } from '../../../sidecar/model/model-folder';
import { readTextEncoder } from '../../../sidecar/model/t5/text-encoder-folder';
import { WeightsError } from '../../../sidecar/model/weights/weights-error';
import { readCaptionFile } from '../../../sidecar/model/caption-file';
import { SMALL_MODEL } from '../../fixtures/small-model';

const ROOT = path.join(__dirname, '../../..');
const GOLDEN = path.join(ROOT, 'test/golden');
type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-check-'));
  cpSync(path.join(GOLDEN, 'llamagen-c2i'), path.join(folder, 'c2i'), { recursive: true });
  cpSync(path.join(GOLDEN, 't5-encoder'), path.join(folder, 't5'), { recursive: true });
  cpSync(path.join(GOLDEN, 'llamagen-t2i/caption.safetensors'), path.join(folder, 'caption.safetensors'));
  cpSync(SMALL_MODEL, path.join(folder, 'words'), { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Gives a safetensors file another header while `use` runs. */
async function withHeader(
  name: string,
  change: (header: Header) => Header,
  use: () => Promise<void>,
): Promise<void> {
  const file = path.join(folder, name);
  const original = readFileSync(file);
  const length = Number(original.readBigUInt64LE());
  const header = JSON.parse(original.toString('utf8', 8, 8 + length)) as Header;
  delete header.__metadata__;
  const changed = Buffer.from(JSON.stringify(change(header)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(changed.length));
  writeFileSync(file, Buffer.concat([size, changed, original.subarray(8 + length)]));
  try {
    await use();
  } finally {
    writeFileSync(file, original);
  }
}

const renamed =
  (rename: (name: string) => string) =>
  (header: Header): Header =>
    Object.fromEntries(Object.entries(header).map(([name, entry]) => [rename(name), entry]));
const check = async (name: string): Promise<void> =>
  checkWeights(await readModelFolder(path.join(folder, name)), true);

describe('a tensor of an unsupported type', () => {
  /** Half as many numbers of twice the size, so the bytes stay in place. */
  const typed =
    (tensor: string, dtype: string) =>
    (header: Header): Header => {
      const entry = header[tensor];
      if (!entry) throw new Error(`${tensor} is missing`);
      return { ...header, [tensor]: { ...entry, dtype } };
    };

  it.each(['I32', 'C64', 'F8_E8M0', 'F4'])('is refused at opening if it is needed: %s', async (dtype) => {
    await withHeader('c2i/model.safetensors', typed('output.weight', dtype), async () => {
      await expect(check('c2i')).rejects.toThrow(WeightsError);
      await expect(check('c2i')).rejects.toThrow(/"output\.weight" has the type "?\w+"?, which this program/);
    });
  });

  it('is refused in an image decoder, unless no picture is wanted', async () => {
    await withHeader('words/vq.safetensors', typed('quantize.embedding.weight', 'I32'), async () => {
      await expect(check('words')).rejects.toThrow(/quantize\.embedding\.weight.*I32/);
      await checkWeights(await readModelFolder(path.join(folder, 'words')), false);
    });
  });

  it('is refused in a text encoder', async () => {
    const name = 'encoder.block.0.layer.0.SelfAttention.q.weight';
    await withHeader('t5/model.safetensors', typed(name, 'U32'), async () => {
      await expect(readTextEncoder(path.join(folder, 't5'), 32)).rejects.toThrow(/SelfAttention\.q.*U32/);
    });
  });
});

describe('names to which wrappers added a prefix', () => {
  it.each([
    '_orig_mod.',
    'module.',
    'model.',
    'module._orig_mod.',
    '_orig_mod.module.',
    'model.module._orig_mod.',
  ])('are read without it: %s', async (prefix) => {
    const wrapped = renamed((name) => prefix + name);
    await withHeader('c2i/model.safetensors', wrapped, () => check('c2i'));
    await withHeader('words/transformer.safetensors', wrapped, () => check('words'));
    await withHeader('words/vq.safetensors', wrapped, () => check('words'));
    await withHeader('t5/model.safetensors', wrapped, async () => {
      await readTextEncoder(path.join(folder, 't5'), 32);
    });
  });

  it('are read where each block was wrapped', async () => {
    const wrapped = renamed((name) =>
      name.replace(/^(layers\.\d+)\./, '$1._checkpoint_wrapped_module._orig_mod.'),
    );
    await withHeader('c2i/model.safetensors', wrapped, () => check('c2i'));
  });

  it('are reported if they are ambiguous', async () => {
    const twice = (header: Header): Header => {
      const { 'norm.weight': norm, ...rest } = header;
      if (!norm) throw new Error('norm.weight is missing');
      const [begin, end] = norm.data_offsets;
      const half = (from: number, to: number) => ({
        ...norm,
        shape: [(to - from) / 4],
        data_offsets: [from, to] as [number, number],
      });
      const middle = (begin + end) / 2;
      return { ...rest, 'module.norm.weight': half(begin, middle), 'model.norm.weight': half(middle, end) };
    };
    await withHeader('c2i/model.safetensors', twice, async () => {
      await expect(check('c2i')).rejects.toThrow(
        /"norm\.weight" may be "module\.norm\.weight" or "model\.norm\.weight"/,
      );
    });
  });
});

describe('a vocabulary', () => {
  it('of more words than the model has embeddings is refused', async () => {
    const file = path.join(folder, 'words/vocabulary.json');
    const original = readFileSync(file, 'utf8');
    const vocabulary = JSON.parse(original) as { words: string[] };
    writeFileSync(file, JSON.stringify({ ...vocabulary, words: [...vocabulary.words, 'dragon'] }));
    await expect(check('words')).rejects.toThrow(ModelError);
    await expect(check('words')).rejects.toThrow(/embeddings of 39 words where the vocabulary has 40/);
    writeFileSync(file, original);
    await check('words');
  });
});

describe('a caption file', () => {
  it.each([NaN, Infinity])('with a value of %d is refused', async (value) => {
    const file = path.join(folder, 'caption.safetensors');
    const original = readFileSync(file);
    const length = Number(original.readBigUInt64LE());
    const { caption_emb: caption } = JSON.parse(original.toString('utf8', 8, 8 + length)) as Header;
    const damaged = Buffer.from(original);
    damaged.writeFloatLE(value, 8 + length + (caption?.data_offsets[0] ?? 0));
    writeFileSync(file, damaged);
    await expect(readCaptionFile(file, 120, 32)).rejects.toThrow(/values that are no numbers/);
    writeFileSync(file, original);
    await readCaptionFile(file, 120, 32);
  });
});

describe('text files of a model', () => {
  const FILES: readonly [string, () => Promise<unknown>][] = [
    ['c2i/zipar-model.json', () => check('c2i')],
    ['words/vocabulary.json', () => check('words')],
    ['t5/config.json', () => readTextEncoder(path.join(folder, 't5'), 32)],
  ];

  it.each(FILES)(
    'are read with byte order mark and in UTF-16; pointers and web pages are told: %s',
    async (name, read) => {
      const file = path.join(folder, name);
      const original = readFileSync(file, 'utf8');
      const big = Buffer.from(`\ufeff${original}`, 'utf16le').swap16();
      for (const bytes of [`\ufeff${original}`, Buffer.from(`\ufeff${original}`, 'utf16le'), big]) {
        writeFileSync(file, bytes);
        await read();
      }
      writeFileSync(file, 'version https://git-lfs.github.com/spec/v1\n');
      await expect(read()).rejects.toThrow(/Git LFS pointer.*git lfs pull/);
      writeFileSync(file, '\n<!doctype html>');
      await expect(read()).rejects.toThrow(/web page/);
      writeFileSync(file, original);
    },
  );
});
