/**
 * RAR, from a checkpoint in the published names to tokens and picture. There are no golden data: a literal computation says what
 * must come out.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LiteralWeights } from '../families/literal-llama';
import { drawMaskgit } from '../families/literal-maskgit';
import { drawRar, LiteralRar } from '../families/literal-rar';
import { IMAGE_DECODER_TENSORS, LABEL, RAR_GRID, RAR_TENSORS, SIZES, WIDTHS, describeRar } from './rar-suite';
import { torchCheckpoint } from '../families/write-checkpoint';
import { decodeRgbPng } from '../unit/image/png-decoder';
import { runZipar, type Outcome } from './zipar-process';

const POWER = 1.5;
/** Gaps between the two likeliest logits that 32-bit arithmetic cannot close. */
const LEAST_MARGIN = 1e-3;

const weights = new LiteralWeights(RAR_TENSORS);

let root: string;
let folder: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'zipar-rar-'));
  folder = path.join(root, 'yucornetto--RAR');
  mkdirSync(folder);
  mkdirSync(path.join(root, 'fun-research--TiTok'));
  writeFileSync(path.join(folder, 'rar_b.bin'), torchCheckpoint(RAR_TENSORS));
  writeFileSync(
    path.join(root, 'fun-research--TiTok', 'maskgit-vqgan-imagenet-f16-256.bin'),
    torchCheckpoint(IMAGE_DECODER_TENSORS),
  );
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

function halves(guidance: number): LiteralRar[] {
  const conditional = new LiteralRar(weights, SIZES, LABEL);
  return guidance === 1 ? [conditional] : [conditional, new LiteralRar(weights, SIZES, SIZES.classes)];
}

/** A folder like the model's, with a manifest. */
function withManifest(name: string, fields: object): string {
  const other = path.join(root, name);
  mkdirSync(other);
  writeFileSync(path.join(other, 'rar_b.bin'), torchCheckpoint(RAR_TENSORS));
  const manifest = { format: 'zipar-model', version: 1, family: 'rar', ...fields };
  writeFileSync(path.join(other, 'zipar-model.json'), JSON.stringify(manifest));
  return other;
}

function generate(model: string, ...options: string[]): Promise<Outcome> {
  const usual = ['--greedy', '--json', '--provider', 'cpu'];
  return runZipar(root, ['generate', '--class', String(LABEL), '--model', model, ...usual, ...options]);
}

const RASTER = ['--decoder', 'raster'];
const ZIPAR = ['--decoder', 'zipar', '--window'];

describe('RAR on the command line', () => {
  it.each([
    ['raster order', 1, RASTER, 5],
    ['raster order with guidance', 3, RASTER, 5],
    ['ZipAR', 1, [...ZIPAR, '2'], 2],
    ['ZipAR with guidance', 3, [...ZIPAR, '1'], 1],
    ['ZipAR with guidance and a wider window', 2.5, [...ZIPAR, '3'], 3],
  ] as const)('draws the tokens of the literal computation: %s', async (_, guidance, decoder, window) => {
    const expected = drawRar(halves(guidance), { grid: RAR_GRID, guidance, power: 0, window });
    expect(expected.margin).toBeGreaterThan(LEAST_MARGIN);
    const options = ['--grid', '4x5', '--tokens-only', '--cfg', String(guidance), ...decoder];
    const { code, stdout, stderr } = await generate(folder, ...options);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(JSON.parse(stdout)).toMatchObject({
      grid: RAR_GRID,
      tokens: expected.tokens,
      steps: expected.passes,
    });
  });

  it('draws with guidance that grows over the picture, where the manifest says so', async () => {
    const model = withManifest('growing', { guidancePower: POWER, grid: RAR_GRID });
    const picture = { grid: RAR_GRID, guidance: 8, power: POWER, window: 2 };
    const expected = drawRar(halves(8), picture);
    expect(expected.margin).toBeGreaterThan(LEAST_MARGIN);
    expect(expected.tokens).not.toEqual(drawRar(halves(8), { ...picture, power: 0 }).tokens);
    const { stdout } = await generate(model, '--tokens-only', '--cfg', '8', ...ZIPAR, '2');
    expect((JSON.parse(stdout) as { tokens: number[] }).tokens).toEqual(expected.tokens);
  });

  it('draws the picture of the literal image decoder, found in the repository beside the model', async () => {
    const options = ['--grid', '4x5', '--cfg', '3', ...ZIPAR, '2', '--out', 'rar.png'];
    const { code, stdout, stderr } = await generate(folder, ...options);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const { tokens, image: file } = JSON.parse(stdout) as { tokens: number[]; image: string };
    const { width, height, rgb } = decodeRgbPng(readFileSync(path.resolve(root, file)));
    expect([height, width]).toEqual([16, 20]);
    const planes = drawMaskgit(IMAGE_DECODER_TENSORS, tokens, RAR_GRID, WIDTHS.length);
    const pixels = width * height;
    const wrong = Array.from(rgb).filter((byte, i) => {
      const value = 255 * Math.min(1, Math.max(0, planes[(i % 3) * pixels + Math.floor(i / 3)] ?? NaN));
      return Math.abs(byte + 0.5 - value) > 0.51; // the fraction is cut off
    });
    expect(wrong).toEqual([]);
    expect(new Set(rgb).size).toBeGreaterThan(50);
  });

  it.each([
    ['a class that it does not know', ['--class', '5', '--grid', '4x5'], /Class 5 is outside 0\.\.4/],
    [
      'a grid that the positions cannot hold',
      ['--class', '1', '--grid', '6x6'],
      /takes 36 positions.*has 25/,
    ],
    ['a prompt', ['a house', '--grid', '4x5'], /takes a class \(--class N\), not a prompt/],
  ])('refuses %s', async (_, options, sentence) => {
    const args = ['generate', ...options, '--model', folder, '--tokens-only', '--provider', 'cpu'];
    const { code, stderr } = await runZipar(root, args);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('computes nearly the same with packed weights', async () => {
    const { stdout } = await generate(folder, '--grid', '4x5', '--tokens-only', ...RASTER);
    const { tokens } = JSON.parse(stdout) as { tokens: number[] };
    writeFileSync(path.join(root, 'tokens.json'), JSON.stringify(tokens));
    const likelihoods = async (precision: string): Promise<number[]> => {
      const options = ['--grid', '4x5', '--tokens', 'tokens.json', '--precision', precision, '--json'];
      const args = ['score', '--class', String(LABEL), '--model', folder, '--provider', 'cpu', ...options];
      return (JSON.parse((await runZipar(root, args)).stdout) as { nll: number[] }).nll;
    };
    const stored = await likelihoods('stored');
    const errors = async (precision: string): Promise<number[]> =>
      (await likelihoods(precision)).map((nll, i) => Math.abs(nll - (stored[i] ?? NaN)));
    const largest = async (precision: string): Promise<number> => Math.max(...(await errors(precision)));
    const [int8, int4] = [await largest('int8'), await largest('int4')];
    expect(stored).toHaveLength(20);
    // Nats. The packed weights differ from the stored ones, so the errors are not 0.
    expect(int8).toBeGreaterThan(0);
    expect(int8).toBeLessThan(0.05);
    expect(int4).toBeGreaterThan(int8);
    expect(int4).toBeLessThan(0.4);
  });

  it('counts the steps of its grid', async () => {
    const { stdout } = await runZipar(root, [
      ...['steps', '--model', folder, '--grid', '4x5', '--window', '2', '--json'],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      grid: [4, 5],
      steps: 11,
      rasterSteps: 20,
      terminators: false,
    });
  });
});

describeRar({ provider: 'cpu', threads: 1 }, ['host', 'device']);
