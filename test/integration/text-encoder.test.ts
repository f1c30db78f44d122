/** Prompts for caption-conditional models, read by T5's encoder: see test/golden/README.md. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelLibrary } from '../../sidecar/engine/model-library';
import { readPngText } from '../../sidecar/image/png';
import type { PromptHalf } from '../../sidecar/model/family';
import { CaptionEncoder } from '../../sidecar/model/t5/caption-encoder';
import { readTensorAsFloat32 } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { writeT5Folder, type T5Size } from '../checkpoints/t5-folder';
import { writeTextToImageModel } from '../checkpoints/text-to-image-model';
import { literalT5Encoder } from './literal-t5-encoder';
import { runZipar, type Outcome } from './zipar-process';
import { inEnglish } from '../../sidecar/protocol/sentence';

const GOLDEN = path.join(__dirname, '../golden');
const T5 = path.join(GOLDEN, 't5-encoder');
const T2I = path.join(GOLDEN, 'llamagen-t2i');
const CPU = { provider: 'cpu', threads: 1 } as const;
const SHAPE = { tokens: 120, dim: 32 } as const;

interface GoldenPrompt {
  readonly prompt: string;
  readonly caption: string;
  readonly fullLength: number;
  readonly valid: number;
}
const { prompts } = JSON.parse(readFileSync(path.join(T5, 'golden.json'), 'utf8')) as {
  prompts: GoldenPrompt[];
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-text-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The caption embeddings that the reference computed for a prompt, and the mask of the real ones. */
async function goldenCaption(i: number): Promise<{ embeddings: Float32Array; mask: Float32Array }> {
  const tensors = await openSafetensors(path.join(T5, 'captions.safetensors'));
  const [embeddings, mask] = [tensors.get(`caption_emb_${i}`), tensors.get(`emb_mask_${i}`)];
  if (!embeddings || !mask) throw new Error('captions.safetensors is incomplete');
  return { embeddings: await readTensorAsFloat32(embeddings), mask: await readTensorAsFloat32(mask) };
}

function embeddingsOf(input: PromptHalf): Float32Array {
  if (input.kind !== 'embeddings') throw new Error('A caption is embeddings.');
  return input.embeddings;
}

function maxError(computed: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(computed).toHaveLength(expected.length);
  return Math.max(...Array.from(expected, (value, i) => Math.abs((computed[i] ?? NaN) - value)));
}

describe('the text encoder', () => {
  it.each(prompts.map((prompt, i) => [prompt.caption.slice(0, 40), i, prompt] as const))(
    'computes the embeddings of the reference to 1e-4, padding and mask included: %s',
    async (_, i, { caption, valid }) => {
      const encoder = await CaptionEncoder.open(T5, SHAPE, CPU);
      const { input } = await encoder.encode(caption);
      const expected = await goldenCaption(i);
      expect(maxError(embeddingsOf(input), expected.embeddings)).toBeLessThan(1e-4);
      expect(input.padded).toEqual(Array.from(expected.mask, (value) => value === 0));
      expect(input.padded.filter((padded) => !padded)).toHaveLength(valid);
    },
  );

  it('names the words cut from a long caption, and is silent about a short one', async () => {
    const encoder = await CaptionEncoder.open(T5, SHAPE, CPU);
    const [short, , long] = await Promise.all(prompts.map(({ caption }) => encoder.encode(caption)));
    expect(short?.notices).toEqual([]);
    expect(long?.notices).toHaveLength(1);
    expect(long?.notices.map(inEnglish)[0]).toMatch(
      /^The prompt has 261 tokens where this model reads 120; left out was “.*small boat and a red house.*…”\.$/,
    );
  });

  it('opens no file for a caption that it has just encoded', async () => {
    const copy = path.join(folder, 'vanishing');
    cpSync(T5, copy, { recursive: true });
    const encoder = await CaptionEncoder.open(copy, SHAPE, CPU);
    const first = await encoder.encode('a red house');
    rmSync(copy, { recursive: true });
    expect(await encoder.encode('a red house')).toBe(first);
    await expect(encoder.encode('a blue house')).rejects.toThrow('vanishing');
  });

  const size: T5Size = { layers: 3, dim: 20, heads: 5, headDim: 6, hidden: 28, vocab: 40 };
  const caption = 'a red house '.repeat(4) + 'abcdefghijklmnopqrstuvwxyz'.repeat(5);
  it.each([1, 2, 3])('agrees with the equations to 1e-4 when its weights are in %i files', async (shards) => {
    const t5 = path.join(folder, `t5-${shards}`);
    const weights = await writeT5Folder(t5, size, { seed: shards, shards });
    const encoder = await CaptionEncoder.open(t5, { tokens: 160, dim: 20 }, CPU);
    const { input } = await encoder.encode(caption);
    const words = [3, 4, 5, 3, 4, 5, 3, 4, 5, 3, 4, 5];
    const letters = Array.from({ length: 130 }, (_, i) => 7 + (i % 26)).slice(1); // the first letter belongs to its space
    const expected = literalT5Encoder([...words, 3, ...letters, 1], size, weights);
    const padding = 160 - expected.length;
    const hidden = [...new Array<number>(20 * padding).fill(0), ...expected.flat()];
    expect(Math.max(...hidden.map(Math.abs))).toBeGreaterThan(1);
    expect(maxError(embeddingsOf(input), hidden)).toBeLessThan(1e-4);
  });

  it('follows links, as in a cache of downloads', async () => {
    const blobs = path.join(folder, 'blobs');
    const linked = path.join(folder, 'linked');
    for (const made of [blobs, linked]) mkdirSync(made);
    for (const [i, name] of ['config.json', 'tokenizer.json', 'model.safetensors'].entries()) {
      cpSync(path.join(T5, name), path.join(blobs, `${i}`));
      symlinkSync(path.join(blobs, `${i}`), path.join(linked, name));
    }
    const encoder = await CaptionEncoder.open(linked, SHAPE, CPU);
    const { input } = await encoder.encode(prompts[0]?.caption ?? '');
    const expected = await goldenCaption(0);
    expect(maxError(embeddingsOf(input), expected.embeddings)).toBeLessThan(1e-4);
  });

  it('names, when it opens, the tensor whose shape differs from config.json', async () => {
    const t5 = path.join(folder, 'wrong');
    cpSync(T5, t5, { recursive: true });
    const config = readFileSync(path.join(t5, 'config.json'), 'utf8');
    writeFileSync(path.join(t5, 'config.json'), config.replace('"d_ff": 48', '"d_ff": 64'));
    await expect(CaptionEncoder.open(t5, SHAPE, CPU)).rejects.toThrow(
      /model\.safetensors: tensor "encoder\.block\.0\.layer\.1\.DenseReluDense\.wi_0\.weight" has shape \[48, 32\] where config\.json implies \[64, 32\]/,
    );
  });
});

describe('a prompt for a model that takes captions', () => {
  const choices = ['--greedy', '--tokens-only', '--window', '3', '--cfg', '2.5', '--json'];
  /** The golden model as users download it: the text encoder lies in a folder beside the weights. */
  let model: string;
  beforeAll(() => {
    model = path.join(folder, 't2i');
    cpSync(T2I, model, { recursive: true });
    cpSync(T5, path.join(model, 'flan-t5-xl'), { recursive: true });
  });

  const zipar = (...args: string[]): Promise<Outcome> => runZipar(folder, args);
  const tokensOf = ({ stdout }: Outcome): unknown => (JSON.parse(stdout) as { tokens: unknown }).tokens;

  async function captionFile(i: number): Promise<string> {
    const { embeddings, mask } = await goldenCaption(i);
    const file = path.join(folder, `caption-${i}.safetensors`);
    await writeSafetensors(file, [
      { name: 'caption_emb', shape: [120, 32], data: [embeddings] },
      { name: 'emb_mask', shape: [120], data: [mask] },
    ]);
    return file;
  }

  it.each([0, 1])(
    'draws what the embeddings of the reference draw, given as a file: prompt %i',
    async (i) => {
      const prompt = prompts[i]?.prompt ?? '';
      const fromText = await zipar('generate', prompt, '--model', model, ...choices);
      const fromFile = await zipar(
        ...['generate', '--caption', await captionFile(i), '--model', T2I],
        ...choices,
      );
      expect(fromText).toMatchObject({ code: 0, stderr: '' });
      expect(tokensOf(fromText)).toEqual(tokensOf(fromFile));
      const other = await zipar('generate', 'two boats', '--model', model, ...choices);
      expect(tokensOf(other)).not.toEqual(tokensOf(fromText));
    },
  );

  it('prefers the text encoder that is named to the one in the folder', async () => {
    const named = path.join(folder, 'elsewhere');
    await writeT5Folder(
      named,
      { layers: 1, dim: 32, heads: 2, headDim: 8, hidden: 16, vocab: 40 },
      { seed: 9, shards: 2 },
    );
    const generate = (...args: string[]) => zipar('generate', 'a red house', ...choices, ...args);
    const own = await generate('--model', model);
    const other = await generate('--model', model, '--text-encoder', 'elsewhere');
    const alone = await generate('--model', T2I, '--text-encoder', named);
    expect(tokensOf(other)).toEqual(tokensOf(alone));
    expect(tokensOf(other)).not.toEqual(tokensOf(own));
  });

  it('takes the text encoder that the manifest names', async () => {
    const copy = path.join(folder, 'named-by-manifest');
    cpSync(model, copy, { recursive: true });
    renameSync(path.join(copy, 'flan-t5-xl'), path.join(copy, 'words'));
    const generate = () => zipar('generate', 'a red house', '--model', copy, ...choices);
    expect(await generate()).toMatchObject({ code: 2 });
    const manifest = path.join(copy, 'zipar-model.json');
    const { condition, ...rest } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, object>;
    writeFileSync(manifest, JSON.stringify({ ...rest, condition: { ...condition, textEncoder: 'words' } }));
    expect(await generate()).toMatchObject({ code: 0, stderr: '' });
  });

  it('says what was cut from a long prompt, and draws', async () => {
    const { code, stderr } = await zipar('generate', prompts[2]?.prompt ?? '', '--model', model, ...choices);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^The prompt has 261 tokens where this model reads 120; left out was “.*”\.\n$/);
  });

  it('scores tokens as under the embeddings of the reference', async () => {
    const { runs } = JSON.parse(readFileSync(path.join(T2I, 'golden.json'), 'utf8')) as {
      runs: { tokens: number[] }[];
    };
    writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(runs[0]?.tokens));
    const score = async (...args: string[]): Promise<number[]> => {
      const outcome = await zipar('score', '--tokens', 'tokens.json', '--json', ...args);
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
      return (JSON.parse(outcome.stdout) as { nll: number[] }).nll;
    };
    const fromText = await score(prompts[1]?.prompt ?? '', '--model', model);
    const fromFile = await score('--caption', await captionFile(1), '--model', T2I);
    expect(maxError(fromText, fromFile)).toBeLessThan(1e-4);
  });

  it('keeps the prompt in the picture, as it was given', async () => {
    const withPicture = path.join(folder, 'with-picture');
    await writeTextToImageModel(withPicture);
    cpSync(T5, path.join(withPicture, 't5'), { recursive: true });
    const outcome = await zipar(
      ...['generate', 'A Red House, #1', '--model', withPicture, '--seed', '1', '--out', 'house.png'],
    );
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    const text = readPngText(readFileSync(path.join(folder, 'house.png')));
    expect(text.get('parameters')?.split('\n')[0]).toBe('A Red House, #1');
    expect(JSON.parse(text.get('zipar') ?? '')).toMatchObject({ prompt: 'A Red House, #1' });
  });

  it('is offered only if a text encoder is in the folder or is named', async () => {
    const library = new ModelLibrary(path.join(folder, 'none-ship'));
    const conditions = async (textEncoder?: string): Promise<string[]> => {
      const { models } = await library.list([model, T2I, path.join(GOLDEN, 'llamagen-c2i')], textEncoder);
      return models.map(({ condition }) => condition);
    };
    expect(await conditions()).toEqual(['text', 'caption-embedding', 'class']);
    expect(await conditions(T5)).toEqual(['text', 'text', 'class']);
  });

  it.each<[string, (model: string) => string[], string]>([
    ['a model without text encoder', () => ['a', '--model', T2I], 'google/flan-t5-xl'],
    ['an empty prompt', (m) => [' ', '--model', m], 'The prompt is empty'],
    ['a prompt that cleaning empties', (m) => ['#123456', '--model', m], 'nothing is left'],
    ['a prompt without end', (m) => ['a '.repeat(6000), '--model', m], '12000 characters'],
    ['a folder that is none', (m) => ['a', '--model', m, '--text-encoder', 'no/where'], 'no/where'],
    [
      'an encoder of another width',
      () => ['a', '--model', T2I, '--text-encoder', 't5-1'],
      '"d_model" is 20 where the model takes captions of width 32',
    ],
    [
      'a text encoder for a caption file',
      () => ['--caption', 'c.safetensors', '--model', T2I, '--text-encoder', T5],
      '--text-encoder',
    ],
  ])('refuses %s with exit code 2 and one sentence', async (_, args, named) => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await zipar('generate', ...args(model), '--tokens-only');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(before);
  });
});
