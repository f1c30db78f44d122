/** The commands of `zipar`, run in this process: what they print, and what they refuse before anything long starts. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { addAddCommand } from '../../../sidecar/cli/add';
import { addBenchCommand } from '../../../sidecar/cli/bench';
import { addDecodeCommand } from '../../../sidecar/cli/decode';
import { addEvalCommand } from '../../../sidecar/cli/eval';
import { addGenerateCommand } from '../../../sidecar/cli/generate';
import { addScoreCommand } from '../../../sidecar/cli/score';
import { addStepsCommand } from '../../../sidecar/cli/steps';
import { temporaryFolder } from '../extension/temporary-folder';
import { isUsage, runCommand } from './run-command';
import { EMBEDDED } from '../../fixtures/embedded-model';

const folder = temporaryFolder();
let tokens: string;
beforeEach(() => {
  tokens = path.join(folder(), 'tokens.json');
  writeFileSync(tokens, JSON.stringify({ grid: [16, 16], tokens: new Array(256).fill(3) }));
});

/** The message of a refusal that the user can mend. */
async function refusal(...[add, ...args]: [Parameters<typeof runCommand>[0], ...string[]]): Promise<string> {
  const { error, stdout } = await runCommand(add, args);
  if (!(error instanceof Error) || !isUsage(error)) throw new Error('was not refused', { cause: error });
  expect(stdout).toBe('');
  expect(error.message).toMatch(/^[^\n]+$/);
  return error.message;
}

describe('zipar steps', () => {
  it('counts the steps of a window, and of raster order', async () => {
    const { stdout, error } = await runCommand(addStepsCommand, [
      'steps',
      '--grid',
      '16x16',
      '--window',
      '4',
    ]);
    expect([error, stdout]).toEqual([undefined, '76 of 256 steps (70.3 % fewer)\n']);
  });

  it('gives bounds where rows may wait', async () => {
    const args = ['--grid', '16x16', '--window', '4', '--decoder', 'zipar-adaptive', '--json'];
    const { stdout } = await runCommand(addStepsCommand, ['steps', ...args]);
    const report = JSON.parse(stdout) as Record<string, number>;
    expect(report).toMatchObject({ decoder: 'zipar-adaptive', grid: [16, 16], rasterSteps: 256 });
    expect(report.leastSteps).toBe(91);
    expect(report.mostSteps).toBe(256);
  });

  it('refuses a window that is wider than the grid, and a missing one', async () => {
    expect(await refusal(addStepsCommand, 'steps', '--grid', '4x4', '--window', '5')).toContain('1..4');
    expect(await refusal(addStepsCommand, 'steps', '--grid', '4x4')).toContain('--window');
  });
});

describe('zipar decode', () => {
  it('draws tokens with the image decoder of the embedded model', async () => {
    const out = path.join(folder(), 'a.png');
    const { stdout, error } = await runCommand(addDecodeCommand, [
      ...['decode', '--tokens', tokens, '--provider', 'cpu', '--out', out],
    ]);
    expect([error, stdout]).toEqual([undefined, `${out}\n`]);
    const png = readFileSync(out);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([128, 128]);
  });

  it('refuses before it opens the model, and writes nothing', async () => {
    expect(await refusal(addDecodeCommand, 'decode', '--tokens', tokens)).toContain('--out FILE.png');
    const out = path.join(folder(), 'a.png');
    expect(
      await refusal(addDecodeCommand, 'decode', '--tokens', tokens, '--grid', '9x9', '--out', out),
    ).toContain('256 tokens');
    expect(await refusal(addDecodeCommand, 'decode', '--tokens', tokens, '--out', `${out}.jpg`)).toContain(
      '.png',
    );
    expect(existsSync(out)).toBe(false);
  });
});

describe('zipar add', () => {
  const embedded = EMBEDDED.folder;

  it('says what a folder on the disk is, and how to run it', async () => {
    const { stdout, error } = await runCommand(addAddCommand, ['add', embedded, '--json']);
    expect(error).toBeUndefined();
    expect(JSON.parse(stdout)).toMatchObject({ folder: embedded, models: [{ name: EMBEDDED.name }] });
  });

  it('refuses a folder without a model, an option that only a download has, and what names nothing', async () => {
    expect(await refusal(addAddCommand, 'add', folder())).toContain('holds no model');
    expect(await refusal(addAddCommand, 'add', embedded, '--list')).toContain('is a path');
    expect(await refusal(addAddCommand, 'add', 'no repository')).toContain('no repository');
  });
});

describe('zipar eval', () => {
  it('compares a decoder with raster order, and goes on in the same folder', async () => {
    const args = [
      'eval',
      '--images',
      '1',
      '--no-judge',
      '--decoders',
      `zipar:${EMBEDDED.grid.width}`,
      '--provider',
      'cpu',
    ];
    const made = await runCommand(addEvalCommand, [...args, '--out', folder(), '--json']);
    expect(made.error).toBeUndefined();
    const [raster, widest] = (
      JSON.parse(made.stdout) as { rows: { steps: number; agreement: number | null; nll: number }[] }
    ).rows;
    // A window as wide as the grid is raster order.
    expect(widest).toMatchObject({ steps: EMBEDDED.cells, agreement: 1 });
    expect(raster?.steps).toBe(EMBEDDED.cells);
    expect(widest?.nll).toBeCloseTo(raster?.nll ?? NaN, 4);
    const again = await runCommand(addEvalCommand, [...args, '--out', folder(), '--json']);
    expect(JSON.parse(again.stdout)).toEqual(JSON.parse(made.stdout));
  });

  it.each<[readonly string[], string]>([
    [['--decoders', 'spiral'], 'spiral'],
    [['--decoders', `zipar:${EMBEDDED.grid.width + 1}`], `${EMBEDDED.grid.width + 1}`],
    [['--prompts', 'missing.json'], 'missing.json'],
    [['--text-encoder', 'folder'], '--text-encoder'],
    [['--images', '0'], '--images'],
  ])('refuses %o before the first picture', async (args, named) => {
    const out = path.join(folder(), 'results');
    expect(await refusal(addEvalCommand, 'eval', ...args, '--out', out)).toContain(named);
    expect(existsSync(out)).toBe(false);
  });
});

describe('a request that cannot be right is refused in one sentence', () => {
  it.each<[Parameters<typeof runCommand>[0], readonly string[], string]>([
    [addGenerateCommand, ['generate', '--tokens-only'], 'exactly one of'],
    [addGenerateCommand, ['generate', 'sea', '--class', '3', '--tokens-only'], 'exactly one of'],
    [addGenerateCommand, ['generate', 'sea', '--out', 'a.jpg'], '.png'],
    [addGenerateCommand, ['generate', 'sea', '--decoder', 'spiral', '--tokens-only'], '--decoder'],
    [addScoreCommand, ['score', 'sea'], '--tokens'],
    [addScoreCommand, ['score', 'sea', '--tokens', 'missing.json'], 'missing.json'],
    [addScoreCommand, ['score', 'sea', '--tokens', 'missing.json', '--cfg', '-1'], 'Guidance -1'],
    [addScoreCommand, ['score', 'sea', '--tokens', 'missing.json', '--logits', 'a.txt'], '.safetensors'],
    [addBenchCommand, ['bench', '--windows', '99'], 'Window 99'],
    [addBenchCommand, ['bench', '--against', 'missing.json'], 'missing.json'],
    [addBenchCommand, ['bench', '--precision', 'float8'], '--precision'],
  ])('%#: %o', async (add, args, named) => {
    expect(await refusal(add, ...args)).toContain(named);
  });

  it('for tokens of another grid than the model’s', async () => {
    writeFileSync(tokens, JSON.stringify({ grid: [2, 2], tokens: [1, 2, 3, 4] }));
    expect(await refusal(addScoreCommand, 'score', 'sea', '--tokens', tokens)).toContain('grid of 2x2');
    expect(readdirSync(folder())).toEqual(['tokens.json']);
  });
});
