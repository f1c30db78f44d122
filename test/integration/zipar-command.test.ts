/** Runs the `zipar` command as a user does. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPngText } from '../../sidecar/image/png';
import { runZipar, type Outcome } from './zipar-process';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

const ROOT = path.join(__dirname, '../..');
const GOLDEN = path.join(ROOT, 'test/golden');

/** The widest window of the model that ships, and one that is too wide. */
const [WIDTH, BEYOND] = [String(EMBEDDED.grid.width), String(EMBEDDED.grid.width + 1)];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-command-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zipar(...args: string[]): Promise<Outcome> {
  return runZipar(folder, args);
}

interface Report {
  readonly tokens: readonly number[];
  readonly steps: number;
  readonly rasterSteps: number;
  readonly image: string | null;
  readonly grid: readonly number[];
  readonly timings: {
    readonly loadMs: number;
    readonly decodeMs: number;
    readonly imageMs: number;
    readonly stepMs: { readonly median: number; readonly p95: number };
  };
}

/** The JSON object on the last line of stdout. */
async function report(...args: string[]): Promise<Report> {
  const { stdout, stderr, code } = await zipar('generate', '--json', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Report;
}

describe('zipar generate', () => {
  const prompt = ['mountains at night', '--seed', '7', '--tokens-only'];

  it('yields the same tokens for the same seed, and raster order when the window is the width', async () => {
    const [first, again, raster, widest] = [
      await report(...prompt, '--window', '4'),
      await report(...prompt, '--window', '4'),
      await report(...prompt, '--decoder', 'raster'),
      await report(...prompt, '--window', WIDTH),
    ];
    expect(again.tokens).toEqual(first.tokens);
    expect(widest.tokens).toEqual(raster.tokens);
    expect(first.tokens).not.toEqual(raster.tokens);
    expect([first.steps, first.rasterSteps, raster.steps]).toEqual([
      fixedWindowSteps(4),
      EMBEDDED.cells,
      EMBEDDED.cells,
    ]);
    expect(first.image).toBeNull();
    expect(first.timings.stepMs.median).toBeGreaterThan(0);
  });

  it('lets rows wait with an adaptive window, the same for the same seed, in steps within the bounds', async () => {
    const adaptive = [...prompt, '--decoder', 'zipar-adaptive', '--window'];
    const [first, again, widest, raster] = [
      await report(...adaptive, '1'),
      await report(...adaptive, '1'),
      await report(...adaptive, WIDTH),
      await report(...prompt, '--decoder', 'raster'),
    ];
    expect(again.tokens).toEqual(first.tokens);
    expect(first.tokens.every((token) => token >= 0)).toBe(true);
    // A candidate is judged in the step after it was drawn. So a row is at least 2 tokens ahead, and never more than a row.
    expect(first.steps).toBeGreaterThan(fixedWindowSteps(2));
    expect(first.steps).toBeLessThan(EMBEDDED.cells);
    expect(again.steps).toBe(first.steps);
    expect(widest.tokens).toEqual(raster.tokens);
    expect(widest.steps).toBe(EMBEDDED.cells);
  });

  it('writes a picture that says how it was made, and leaves nothing else behind', async () => {
    const { image } = await report(
      'a red house on hills by day',
      '--seed',
      '3',
      '--window',
      '8',
      '--out',
      path.join(folder, 'house.png'),
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('house'))).toEqual(['house.png']);
    const text = readPngText(readFileSync(image ?? ''));
    expect(text.get('parameters')).toContain('a red house on hills by day');
    expect(JSON.parse(text.get('zipar') ?? '')).toMatchObject({
      seed: 3,
      window: 8,
      steps: fixedWindowSteps(8),
      rasterSteps: EMBEDDED.cells,
    });
  });

  it('never overwrites a picture whose name it chose itself', async () => {
    const same = ['mountains', '--seed', '5', '--window', '1'];
    const [first, second] = [await report(...same), await report(...same)];
    expect(first.image).not.toBe(second.image);
    expect(readdirSync(path.join(folder, 'zipar-images'))).toEqual(['5-mountains-2.png', '5-mountains.png']);
  });

  it('keeps a prompt that looks like a path inside its folder', async () => {
    const { image } = await report('../../mountains', '--seed', '6', '--window', '1');
    expect(path.dirname(path.resolve(folder, image ?? ''))).toBe(path.join(folder, 'zipar-images'));
  });

  it.each([
    ['llamagen-c2i', ['--class', '3']],
    ['llamagen-t2i', ['--caption', path.join(GOLDEN, 'llamagen-t2i/caption.safetensors')]],
  ])('agrees with the reference on %s, from .safetensors and from .pt', async (model, condition) => {
    const golden = JSON.parse(readFileSync(path.join(GOLDEN, model, 'golden.json'), 'utf8')) as {
      runs: {
        decoder: string;
        window: number | null;
        cfg_scale: number;
        tokens: number[];
        forwards: number;
      }[];
    };
    const run = golden.runs.find(({ window, cfg_scale: guidance }) => window === 3 && guidance !== 1);
    if (!run) throw new Error('golden.json lacks the run');
    const fromPt = path.join(folder, `${model}-pt`);
    cpSync(path.join(GOLDEN, model), fromPt, { recursive: true });
    const manifest = path.join(fromPt, 'zipar-model.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('model.safetensors', 'model.pt'));
    for (const modelFolder of [path.join(GOLDEN, model), fromPt]) {
      const choices = [
        '--greedy',
        '--tokens-only',
        '--first-row',
        'sequential',
        '--stand-in',
        'reference',
        '--window',
        '3',
      ];
      const { tokens, steps } = await report(
        '--model',
        modelFolder,
        ...condition,
        '--cfg',
        String(run.cfg_scale),
        ...choices,
      );
      expect(tokens).toEqual(run.tokens);
      expect(steps).toBe(run.forwards);
    }
  });

  it.each([
    [['hills', '--windw', '3'], '--windw'],
    [['hills', '--window', BEYOND], `1..${WIDTH}`],
    [['hills', '--window', '0'], `1..${WIDTH}`],
    [['hills', '--window', 'x'], '--window'],
    [['hills', '--seed', '-1'], '--seed'],
    [['hills', '--decoder', 'fast'], '--decoder'],
    [['hills', '--decoder', 'zipar-adaptive', '--window', BEYOND], `1..${WIDTH}`],
    [['hills', '--temperature', '0'], 'Temperature'],
    [['hills', '--top-p', '1.5'], 'Top-p'],
    [['hills', '--provider', 'coreml'], 'coreml'],
    [['hills', '--out', 'picture.jpg'], '.png'],
    [['hills', '--out', 'no/such/folder/picture.png'], 'no/such/folder'],
    [['hills', '--model', 'nowhere'], 'nowhere'],
    [['hills', '--model', './nowhere'], 'zipar-model.json'],
    [['hills', '--class', '3'], 'exactly one'],
    [['--class', 'goldfish'], 'not class-conditional'],
    [['--class', 'goldfish', '--model', path.join(GOLDEN, 'llamagen-c2i')], 'have no names'],
    [[], 'exactly one'],
    [['qwertz asdf'], 'Try something like'],
    [['--class', '99', '--model', path.join(GOLDEN, 'llamagen-c2i'), '--tokens-only'], 'Class 99'],
    [['--class', '3', '--model', path.join(GOLDEN, 'llamagen-c2i')], 'no image decoder'],
    [['--class', '3', '--model', path.join(GOLDEN, 'llamagen-vq16'), '--tokens-only'], 'takes no condition'],
  ])('refuses %j with exit code 2 and one sentence', async (args, named) => {
    const before = readdirSync(folder);
    const { code, stdout, stderr } = await zipar('generate', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('names the weight file that is missing, truncated or of another shape, and the manifest that does not parse', async () => {
    const broken = path.join(folder, 'broken');
    cpSync(path.join(GOLDEN, 'llamagen-c2i'), broken, { recursive: true });
    const generate = () => zipar('generate', '--model', broken, '--class', '3', '--tokens-only');
    const manifest = path.join(broken, 'zipar-model.json');
    const right = readFileSync(manifest, 'utf8');

    writeFileSync(manifest, right.replace('"dim": 64', '"dim": 128'));
    expect(await generate()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the manifest implies') as string,
    });
    writeFileSync(manifest, right.slice(0, 40));
    expect(await generate()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not valid JSON') as string,
    });
    writeFileSync(manifest, right.replace('model.safetensors', '../model.safetensors'));
    expect(await generate()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"transformer.weights"') as string,
    });
    writeFileSync(manifest, right);
    truncateSync(path.join(broken, 'model.safetensors'), 5000);
    expect(await generate()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('model.safetensors') as string,
    });
    rmSync(path.join(broken, 'model.safetensors'));
    expect(await generate()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('model.safetensors') as string,
    });
  });
});

describe('zipar steps', () => {
  it.each([
    [['--grid', '90x90', '--terminators', '--window', '31'], '2849 of 8190'],
    [['--grid', '90x90', '--terminators', '--window', '15'], '1425 of 8190'],
    [['--grid', '90x90', '--terminators', '--window', '7'], '713 of 8190'],
    [['--grid', '48x48', '--window', '10'], '518 of 2304'],
    [['--grid', '24x24', '--window', '16', '--first-row', 'sequential'], '400 of 576'],
    [['--grid', '16x16', '--window', '4', '--decoder', 'zipar-adaptive'], '91 to 256 of 256'],
  ])('prints the published count, or the bounds where rows may wait: %j', async (args, counts) => {
    const { code, stdout } = await zipar('steps', ...args);
    expect(code).toBe(0);
    expect(stdout).toContain(counts);
  });

  it.each([
    [['--grid', '8', '--window', '3']],
    [['--grid', '8x8', '--window', '9']],
    [['--grid', '8x8', '--window', '9', '--decoder', 'zipar-adaptive']],
    [['--grid', '8x8', '--window', '3', '--decoder', 'raster']],
    [['--grid', '8x8']],
  ])('refuses %j', async (args) => {
    expect(await zipar('steps', ...args)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('zipar serve', () => {
  it('prints where it listens and ends when stdin closes', async () => {
    const child = spawn(process.execPath, [path.join(ROOT, 'dist/zipar.js'), 'serve'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const line = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => {
        resolve(data.toString());
      }),
    );
    const { type, port, token } = JSON.parse(line) as { type: string; port: number; token: string };
    expect(type).toBe('listening');
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(426);
    child.stdin.end();
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
  });
});
