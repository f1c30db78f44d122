/** The `zipar` command on checkpoints that have no manifest, or a short one. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPngText } from '../../sidecar/image/png';
import { transformerShapes, vqShapes } from '../checkpoints/llamagen-shapes';
import { writeSparseSafetensors } from '../checkpoints/sparse-safetensors';
import { runZipar, type Outcome } from './zipar-process';

const GOLDEN = path.join(__dirname, '../golden');
const MANIFEST = { format: 'zipar-model', version: 1, family: 'llamagen' };
/** Sizes of a small transformer that predicts the published codebook. */
const SMALL = { layers: 1, dim: 32, heads: 2, hidden: 64 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-published-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function zipar(...args: string[]): Promise<Outcome> {
  return runZipar(folder, args);
}

function writeManifest(fields: object): void {
  writeFileSync(path.join(folder, 'zipar-model.json'), JSON.stringify({ ...MANIFEST, ...fields }));
}

describe('a weight file as the model', () => {
  it.each([
    ['llamagen-c2i', ['--class', '3']],
    ['llamagen-t2i', ['--caption', path.join(GOLDEN, 'llamagen-t2i/caption.safetensors')]],
  ])('yields what the reference decodes, once grid and heads are said: %s', async (model, condition) => {
    const { runs } = JSON.parse(readFileSync(path.join(GOLDEN, model, 'golden.json'), 'utf8')) as {
      runs: { window: number | null; cfg_scale: number; tokens: number[] }[];
    };
    const run = runs.find(({ window, cfg_scale: guidance }) => window === null && guidance !== 1);
    cpSync(path.join(GOLDEN, model, 'model.pt'), path.join(folder, 'weights.pt'));
    writeManifest({ grid: [8, 8], transformer: { heads: 4 } });
    const { stdout, stderr } = await zipar(
      'generate',
      ...['--model', 'weights.pt', ...condition, '--cfg', String(run?.cfg_scale)],
      ...['--decoder', 'raster', '--greedy', '--tokens-only', '--json'],
    );
    expect(stderr).toBe('');
    expect((JSON.parse(stdout) as { tokens: number[] }).tokens).toEqual(run?.tokens);
  });

  it('that is an image decoder draws tokens of the grid they come in', async () => {
    cpSync(path.join(GOLDEN, 'llamagen-vq16/model.pt'), path.join(folder, 'vq.pt'));
    const { tokens } = JSON.parse(readFileSync(path.join(GOLDEN, 'llamagen-vq16/golden.json'), 'utf8')) as {
      tokens: number[];
    };
    writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(tokens));
    const decode = ['decode', '--model', 'vq.pt', '--tokens', 'tokens.json', '--out', 'p.png'];
    const unsaid = await zipar(...decode);
    expect(unsaid).toMatchObject({ code: 2, stderr: expect.stringContaining('--grid') as string });
    expect(await zipar(...decode, '--grid', '8x8')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a model of ImageNet’s thousand classes', () => {
  const VQ = { codebookSize: 64, channels: 32, channelMultipliers: [1, 1], resBlocks: 1, zChannels: 32 };
  const generate = (...condition: string[]) => [
    ...['generate', '--model', folder, '--seed', '1', '--window', '1', '--json'],
    ...condition,
  ];

  beforeEach(async () => {
    const model = transformerShapes({ ...SMALL, vocab: VQ.codebookSize });
    await writeSparseSafetensors(path.join(folder, 'model.safetensors'), model);
    await writeSparseSafetensors(path.join(folder, 'vq.safetensors'), vqShapes(VQ));
    writeManifest({ name: 'c2i', grid: [4, 4], transformer: { heads: 2 } });
  });

  it('draws the class that is named, and the picture says which', async () => {
    const { code, stdout, stderr } = await zipar(...generate('--class', 'golden retriever'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { image } = JSON.parse(stdout) as { image: string };
    expect(path.basename(image)).toBe('1-class-207-golden-retriever.png');
    const text = readPngText(readFileSync(path.resolve(folder, image)));
    expect(text.get('parameters')?.split('\n')[0]).toBe('class 207, golden retriever');
    expect(JSON.parse(text.get('zipar') ?? '')).toMatchObject({ class: 207, className: 'golden retriever' });
  });

  it('draws no picture if the codebook has fewer tokens than are predicted, and says so at once', async () => {
    const vq = { ...VQ, codebookSize: 32, codebookDim: 8, downsample: 2, normGroups: 32 };
    await writeSparseSafetensors(path.join(folder, 'vq.safetensors'), vqShapes(vq));
    writeManifest({
      name: 'c2i',
      grid: [4, 4],
      transformer: { heads: 2 },
      vq: { weights: 'vq.safetensors', ...vq },
    });
    const { code, stdout, stderr } = await zipar(...generate('--class', '207'));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('codebook of 32');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(await zipar(...generate('--class', '207'), '--tokens-only')).toMatchObject({ code: 0 });
  });

  it.each([
    ['crane', '134 (crane, crane bird), 517 (crane, construction crane)'],
    ['goldfsh', '1 (goldfish, Carassius auratus)'],
    ['-1', 'neither the number of a class'],
    ['1000', 'outside 0..999'],
  ])('refuses the class %j with one sentence that says what would do', async (name, said) => {
    const { code, stdout, stderr } = await zipar(...generate('--class', name));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a checkpoint without its image decoder', () => {
  const generate = () => ['generate', '--model', folder, '--class', '207', '--window', '1'];

  beforeEach(async () => {
    await writeSparseSafetensors(path.join(folder, 'c2i_B_256.safetensors'), transformerShapes(SMALL));
    writeManifest({ transformer: { heads: 2 } });
  });

  it('draws no picture, and says what to download and where to put it', async () => {
    const { code, stderr } = await zipar(...generate());
    expect(code).toBe(2);
    expect(stderr).toContain('https://huggingface.co/FoundationVision/LlamaGen/resolve/main/vq_ds16_c2i.pt');
    expect(stderr).toContain(folder);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('still yields tokens', async () => {
    const { code, stdout } = await zipar(...generate(), '--tokens-only', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as { model: string; grid: number[]; tokens: number[] };
    expect(report).toMatchObject({ model: 'c2i_B_256', grid: [16, 16] });
    expect(report.tokens).toHaveLength(256);
  });

  it('draws once the image decoder is there', async () => {
    await writeSparseSafetensors(
      path.join(folder, 'vq_ds16_c2i.safetensors'),
      vqShapes({ channels: 32, zChannels: 8 }),
    );
    expect(await zipar(...generate(), '--out', 'p.png')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('a checkpoint in a cache of downloads, where files are links to blobs elsewhere', () => {
  it('is read through the links', async () => {
    mkdirSync(path.join(folder, 'blobs'));
    mkdirSync(path.join(folder, 'snapshot'));
    const blob = path.join(folder, 'blobs/0123abcd');
    cpSync(path.join(GOLDEN, 'llamagen-c2i/model.pt'), blob);
    symlinkSync('../blobs/0123abcd', path.join(folder, 'snapshot/c2i_B_256.pt'));
    writeFileSync(
      path.join(folder, 'snapshot/zipar-model.json'),
      JSON.stringify({ ...MANIFEST, grid: [8, 8], transformer: { heads: 4 } }),
    );
    const outcome = await zipar('generate', '--model', 'snapshot', '--class', '3', '--tokens-only');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });
});

it('heads of 100 numbers, as LlamaGen-3B has them, are rotated', async () => {
  const shapes = transformerShapes({ layers: 1, dim: 200, heads: 2, hidden: 64, vocab: 16 });
  await writeSparseSafetensors(path.join(folder, 'model.safetensors'), shapes);
  writeManifest({ grid: [4, 4], transformer: { heads: 2 } });
  writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(Array.from({ length: 16 }, (_, i) => i)));
  const { stdout, stderr } = await zipar(
    ...['score', '--model', '.', '--class', '0', '--tokens', 'tokens.json', '--json'],
  );
  expect(stderr).toBe('');
  expect((JSON.parse(stdout) as { meanNll: number }).meanNll).toBeCloseTo(Math.log(16), 6);
});
