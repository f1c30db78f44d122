/** Compares `zipar score` and `zipar decode` with the results of the reference PyTorch code: see test/golden/README.md. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTensorAsFloat32 } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import { decodeRgbPng } from '../unit/image/png-decoder';
import { runZipar, type Outcome } from './zipar-process';

const GOLDEN = path.join(__dirname, '../golden');
const C2I = path.join(GOLDEN, 'llamagen-c2i');
const VQ16 = path.join(GOLDEN, 'llamagen-vq16');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-score-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zipar(...args: string[]): Promise<Outcome> {
  return runZipar(folder, args);
}

function write(name: string, content: unknown): string {
  writeFileSync(path.join(folder, name), JSON.stringify(content));
  return name;
}

async function readTensor(
  file: string,
  name: string,
): Promise<{ shape: readonly number[]; data: Float32Array }> {
  const location = (await openSafetensors(file)).get(name);
  if (!location) throw new Error(`${file} lacks ${name}`);
  return { shape: location.shape, data: await readTensorAsFloat32(location) };
}

function maxError(computed: Float32Array, expected: Float32Array): number {
  expect(computed).toHaveLength(expected.length);
  let max = 0;
  for (const [i, value] of expected.entries()) max = Math.max(max, Math.abs((computed[i] ?? NaN) - value));
  return max;
}

/** The tokens of the first run, which is raster order without guidance. */
function goldenTokens(model: string): number[] {
  const golden = JSON.parse(readFileSync(path.join(GOLDEN, model, 'golden.json'), 'utf8')) as {
    tokens?: number[];
    runs?: { tokens: number[] }[];
  };
  return golden.tokens ?? golden.runs?.[0]?.tokens ?? [];
}

/** Makes a model folder whose manifest points at `weights`. */
function folderWith(model: string, weights: string): string {
  const copy = path.join(folder, `${model}-${weights}`);
  cpSync(path.join(GOLDEN, model), copy, { recursive: true });
  const manifest = path.join(copy, 'zipar-model.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('model.safetensors', weights));
  return copy;
}

interface ScoreReport {
  readonly passes: number;
  readonly meanNll: number;
  readonly nll: readonly number[];
}

describe('zipar score', () => {
  describe.each([
    ['llamagen-c2i', ['--class', '3']],
    ['llamagen-t2i', ['--caption', path.join(GOLDEN, 'llamagen-t2i/caption.safetensors')]],
  ])('of %s', (model, condition) => {
    it.each(['model.safetensors', 'model.pt'])(
      'computes the reference logits to 1e-4 from %s',
      async (weights) => {
        const tokens = goldenTokens(model);
        const outcome = await zipar(
          'score',
          ...['--model', folderWith(model, weights), ...condition, '--json'],
          ...['--tokens', write('tokens.json', tokens), '--logits', `${model}.safetensors`],
        );
        expect(outcome).toMatchObject({ code: 0, stderr: '' });
        const { data: expected, shape } = await readTensor(
          path.join(GOLDEN, model, 'teacher_forced_logits.safetensors'),
          'logits',
        );
        const logits = await readTensor(path.join(folder, `${model}.safetensors`), 'logits');
        expect(logits.shape).toEqual(shape);
        expect(maxError(logits.data, expected)).toBeLessThanOrEqual(1e-4);

        const { nll, meanNll, passes } = JSON.parse(outcome.stdout) as ScoreReport;
        const vocab = shape[1] ?? 0;
        const expectedNll = tokens.map((token, i) => {
          const row = expected.subarray(i * vocab, (i + 1) * vocab);
          return Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - (row[token] ?? NaN);
        });
        expect(Math.max(...nll.map((value, i) => Math.abs(value - (expectedNll[i] ?? NaN))))).toBeLessThan(
          1e-4,
        );
        expect(meanNll).toBeCloseTo(expectedNll.reduce((sum, value) => sum + value, 0) / 64, 4);
        expect(passes).toBe(2);
      },
    );
  });

  it('prints the mean and each token in its place of the grid', async () => {
    const { code, stdout } = await zipar(
      'score',
      ...['--model', C2I, '--class', '3', '--tokens', write('tokens.json', goldenTokens('llamagen-c2i'))],
    );
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(head).toMatch(/^\d+\.\d+ nats a token \(64 tokens in 2 steps/);
    expect(rows.map((row) => row.trim().split(/\s+/).length)).toEqual([8, 8, 8, 8, 8, 8, 8, 8]);
  });

  it('takes what zipar generate --json prints, finds its greedy tokens likely, and others not', async () => {
    const same = ['--model', C2I, '--class', '3', '--cfg', '2.5'];
    const generated = await zipar(
      'generate',
      ...same,
      '--greedy',
      '--decoder',
      'raster',
      '--tokens-only',
      '--json',
    );
    writeFileSync(path.join(folder, 'generated.json'), generated.stdout);
    const score = async (...args: string[]): Promise<number> =>
      (JSON.parse((await zipar('score', '--json', ...args)).stdout) as ScoreReport).meanNll;
    const greedy = await score(...same, '--tokens', 'generated.json');
    const constant = await score(...same, '--tokens', write('same.json', new Array(64).fill(7)));
    const unguided = await score('--model', C2I, '--class', '3', '--tokens', 'generated.json');
    expect(greedy).toBeLessThan(constant);
    expect(greedy).not.toBe(unguided);
  });

  it.each<[string, string[], string]>([
    ['no tokens', [], '--tokens'],
    ['a missing file', ['--tokens', 'nowhere.json'], 'nowhere.json'],
    ['too few tokens', ['--tokens', 'few.json'], '63 tokens where a grid of 8x8 takes 64'],
    ['a token that is none', ['--tokens', 'large.json'], "token 5 is 128, outside the model's 0..127"],
    ['another grid', ['--tokens', 'wide.json'], '4x16'],
    ['a class that is none', ['--tokens', 'right.json', '--class', '10'], 'Class 10'],
    ['guidance out of range', ['--tokens', 'right.json', '--cfg', '-1'], 'Guidance -1'],
    ['two conditions', ['--tokens', 'right.json', 'hills'], 'exactly one'],
    ['logits of another format', ['--tokens', 'right.json', '--logits', 'logits.npy'], '.safetensors'],
    ['logits in no folder', ['--tokens', 'right.json', '--logits', 'no/folder/l.safetensors'], 'no/folder'],
    ['logits that are a folder', ['--tokens', 'right.json', '--logits', 'taken.safetensors'], 'is a folder'],
    ['a model without transformer', ['--tokens', 'right.json', '--model', VQ16], 'no transformer'],
  ])('refuses %s with exit code 2 and one sentence', async (_, args, named) => {
    const tokens = goldenTokens('llamagen-c2i');
    write('right.json', tokens);
    write('few.json', tokens.slice(1));
    write('large.json', tokens.with(5, 128));
    write('wide.json', { tokens, grid: [4, 16] });
    mkdirSync(path.join(folder, 'taken.safetensors'), { recursive: true });
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await zipar('score', '--model', C2I, '--class', '3', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('names weights that are missing or truncated, and writes nothing', async () => {
    const broken = folderWith('llamagen-c2i', 'model.pt');
    const tokens = write('tokens.json', goldenTokens('llamagen-c2i'));
    const score = () =>
      zipar('score', '--model', broken, '--class', '3', '--tokens', tokens, '--logits', 'never.safetensors');
    truncateSync(path.join(broken, 'model.pt'), 600_000);
    const truncated = await score();
    rmSync(path.join(broken, 'model.pt'));
    const missing = await score();
    for (const { code, stderr } of [truncated, missing]) {
      expect(code).toBe(2);
      expect(stderr).toContain('model.pt');
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([]);
  });
});

describe('zipar decode', () => {
  it('draws the reference picture to 1e-3 before rounding, and as a PNG that is its rounding', async () => {
    const outcome = await zipar(
      'decode',
      ...['--model', VQ16, '--tokens', path.join(VQ16, 'golden.json')],
      ...['--raw', 'picture.safetensors', '--out', 'picture.png'],
    );
    expect(outcome).toEqual({ code: 0, stderr: '', stdout: 'picture.png\npicture.safetensors\n' });
    const expected = await readTensor(path.join(VQ16, 'decoded.safetensors'), 'image');
    const image = await readTensor(path.join(folder, 'picture.safetensors'), 'image');
    expect(image.shape).toEqual([3, 128, 128]);
    expect(maxError(image.data, expected.data)).toBeLessThanOrEqual(1e-3);
    const { rgb, width, height } = decodeRgbPng(readFileSync(path.join(folder, 'picture.png')));
    expect([width, height]).toEqual([128, 128]);
    for (const [channel, at] of [
      [0, 0],
      [1, 5000],
      [2, 16383],
    ] as const) {
      const value = image.data[channel * 128 * 128 + at] ?? NaN;
      expect(rgb[3 * at + channel]).toBe(Math.round(Math.min(1, Math.max(0, (value + 1) / 2)) * 255));
    }
  });

  it("takes another grid than the model's, as convolutions do", async () => {
    const tokens = goldenTokens('llamagen-vq16');
    write('wide.json', { tokens: tokens.slice(0, 32), grid: [4, 8] });
    const said = ['--tokens', 'wide.json', '--raw', 'said.safetensors'];
    const asked = [
      '--tokens',
      write('list.json', tokens.slice(0, 32)),
      '--grid',
      '4x8',
      '--raw',
      'asked.safetensors',
    ];
    for (const args of [said, asked])
      expect(await zipar('decode', '--model', VQ16, ...args)).toMatchObject({ code: 0, stderr: '' });
    const images = await Promise.all(
      ['said', 'asked'].map((name) => readTensor(path.join(folder, `${name}.safetensors`), 'image')),
    );
    expect(images.map((image) => image.shape)).toEqual([
      [3, 64, 128],
      [3, 64, 128],
    ]);
    expect(images[0]?.data).toEqual(images[1]?.data);
  });

  it.each<[string, string[], string]>([
    ['no target', ['--tokens', 'right.json'], '--out'],
    ['no tokens', ['--out', 'p.png'], '--tokens'],
    ['too many tokens', ['--tokens', 'many.json', '--out', 'p.png'], '65 tokens'],
    ['a token that is none', ['--tokens', 'large.json', '--out', 'p.png'], 'token 0 is 128'],
    ['a picture of another format', ['--tokens', 'right.json', '--out', 'p.jpg'], '.png'],
    ['a raw picture of another format', ['--tokens', 'right.json', '--raw', 'p.png'], '.safetensors'],
    ['a grid that is none', ['--tokens', 'right.json', '--out', 'p.png', '--grid', '8'], '--grid'],
    [
      'a model without image decoder',
      ['--tokens', 'right.json', '--out', 'p.png', '--model', C2I],
      'no image decoder',
    ],
  ])('refuses %s with exit code 2 and one sentence', async (_, args, named) => {
    const tokens = goldenTokens('llamagen-vq16');
    write('right.json', tokens);
    write('many.json', [...tokens, 1]);
    write('large.json', tokens.with(0, 128));
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await zipar('decode', '--model', VQ16, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(before);
  });
});
