/** Runs as files on the command line: a picture tells how it was made and can be made again, and many are made at once. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOISE_VERSION } from '../../sidecar/decoding/noise';
import { encodePng, readPngText } from '../../sidecar/image/png';
import { pngTrace, withoutPngTrace } from '../../sidecar/trace-file/png-trace';
import { decodeTrace, encodeTrace, readTraceFile, ziparFile } from '../../sidecar/trace-file/trace-file';
import { runZipar, type Outcome } from './zipar-process';
import { EMBEDDED } from '../fixtures/embedded-model';

interface RunJson {
  readonly seed: number;
  readonly decoder: string;
  readonly steps: number;
  readonly tokens: readonly number[];
  readonly image: string;
}

let folder: string;
let made: RunJson;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-runs-'));
  made = await json<RunJson>(
    ...['generate', 'snow at dawn', '--seed', '4294967295', '--window', '3'],
    ...['--temperature', '0.8', '--out', 'a.png', '--trace', 'a.zipar'],
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zipar(...args: readonly string[]): Promise<Outcome> {
  return runZipar(folder, args);
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await zipar(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

function read(name: string): Buffer {
  return readFileSync(path.join(folder, name));
}

async function expectRefusal(named: string, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await zipar(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(named);
  expect(stderr).toMatch(/^zipar: [^\n]+\.\n$/);
}

describe('a picture', () => {
  it('holds the trace of its run in at most 6 bytes a cell or a tenth of the file', async () => {
    const png = read('a.png');
    const trace = pngTrace(png);
    expect(trace?.length).toBeGreaterThan(1000);
    expect(trace?.length).toBeLessThanOrEqual(Math.max(6 * made.tokens.length, png.length / 10));
    const record = await readTraceFile(png);
    expect(record && [...record.snapshot.tokens]).toEqual(made.tokens);
    expect(record?.snapshot.step).toBe(made.steps);
  });

  it('says what each step was fed: the prompt first, then the tokens of the step before, and stand-ins', async () => {
    const record = await readTraceFile(read('a.png'));
    if (!record) throw new Error('There is no trace.');
    const { fed, snapshot } = record;
    expect(fed).toHaveLength(made.steps);
    expect(fed[0]).toEqual([]);
    expect(fed[1]).toEqual([{ position: 0, token: snapshot.tokens[0] }]);
    const standIns = fed.flatMap((tokens, i) =>
      tokens.filter(({ position }) => (snapshot.stepOf[position] ?? 0) > i),
    );
    // Each row after the first starts before the row above is complete.
    const { height, width } = EMBEDDED.grid;
    expect(standIns).toHaveLength(height - 1);
    for (const { position } of standIns) expect(position % width).toBe(width - 1);
  });

  it('has the same trace as the .zipar file of its run', async () => {
    expect(await readTraceFile(read('a.zipar'))).toEqual(await readTraceFile(read('a.png')));
  });

  it.each(['a.png', 'a.zipar'])('is shown as it was made, from %s', async (file) => {
    const shown = await json<Record<string, unknown>>('show', file);
    expect(shown).toMatchObject({
      model: EMBEDDED.name,
      seed: 4294967295,
      grid: [EMBEDDED.grid.height, EMBEDDED.grid.width],
      steps: made.steps,
      tokens: made.tokens,
      state: 'complete',
      settings: { condition: { kind: 'prompt', prompt: 'snow at dawn' }, temperature: 0.8 },
    });
    const { stepOf, tracks } = shown as { stepOf: number[]; tracks: Record<string, number[]> };
    expect(stepOf).toHaveLength(EMBEDDED.cells);
    expect(Math.max(...stepOf)).toBe(made.steps);
    expect(Object.keys(tracks)).toEqual(['probability', 'entropy']);
    expect(Math.max(...(tracks.probability ?? []))).toBeLessThanOrEqual(1);
    const { stdout } = await zipar('show', file);
    expect(stdout).toContain(`snow at dawn\nmodel ${EMBEDDED.name}, zipar, window 3`);
  });
});

describe('a run like another', () => {
  it('gives the same tokens, and others where an option wins', async () => {
    const again = await json<RunJson>('generate', '--like', 'a.png', '--out', 'b.png');
    expect(again.tokens).toEqual(made.tokens);
    const other = await json<RunJson>('generate', '--like', 'a.zipar', '--seed', '9', '--tokens-only');
    expect(other).toMatchObject({ seed: 9, steps: made.steps });
    expect(other.tokens).not.toEqual(made.tokens);
    const raster = await json<RunJson>('generate', '--like', 'a.png', '--decoder', 'raster', '--tokens-only');
    expect(raster).toMatchObject({ decoder: 'raster', steps: EMBEDDED.cells, seed: 4294967295 });
  });

  it('is made from the metadata of a picture whose trace was taken out', async () => {
    writeFileSync(path.join(folder, 'plain.png'), withoutPngTrace(read('a.png')));
    const again = await json<RunJson>('generate', '--like', 'plain.png', '--tokens-only');
    expect(again.tokens).toEqual(made.tokens);
    const { stdout } = await zipar('show', 'plain.png');
    expect(stdout).toContain('has no trace');
    expect(await json('show', 'plain.png')).toMatchObject({ seed: 4294967295, tokens: null });
  });

  it.each([
    ['weights', { weights: '0'.repeat(32) }, 'other weights'],
    ['noise', { noise: 99 }, 'noise of another version'],
  ])('says that the tokens differ where the %s are others', async (_, change, named) => {
    const record = await decodeTrace(read('a.zipar').subarray(8));
    const changed = await encodeTrace({ ...record, origin: { ...record.origin, ...change } });
    writeFileSync(path.join(folder, 'other.zipar'), ziparFile(changed));
    const { code, stderr } = await zipar('generate', '--like', 'other.zipar', '--tokens-only');
    expect(code).toBe(0);
    expect(stderr).toContain(named);
  });

  it('is refused for a model that is not there, and for a caption file whose folder is not known', async () => {
    const record = await decodeTrace(read('a.zipar').subarray(8));
    const write = async (name: string, settings: Partial<typeof record.run.settings>): Promise<void> => {
      const run = { ...record.run, settings: { ...record.run.settings, ...settings } };
      writeFileSync(path.join(folder, name), ziparFile(await encodeTrace({ ...record, run })));
    };
    await write('model.zipar', { model: 'giant' });
    await expectRefusal('"giant"', 'generate', '--like', 'model.zipar');
    await write('caption.zipar', { condition: { kind: 'caption', file: '/home/ada/boat.safetensors' } });
    await expectRefusal('boat.safetensors', 'generate', '--like', 'caption.zipar');
  });
});

describe('many pictures', () => {
  it('have seeds that follow one another', async () => {
    const { runs } = await json<{ runs: RunJson[] }>(
      ...['generate', '--like', 'a.png', '--count', '2', '--tokens-only'],
    );
    expect(runs.map(({ seed }) => seed)).toEqual([4294967295, 0]);
    expect(runs[0]?.tokens).toEqual(made.tokens);
  });

  it('are made for each line of a file', async () => {
    writeFileSync(path.join(folder, 'prompts.txt'), '# two\nsea by night\r\n\n  snow at dawn  \n');
    const { runs } = await json<{ runs: RunJson[] }>(
      ...['generate', '--prompts', 'prompts.txt', '--seed', '3', '--window', '1'],
    );
    expect(runs.map(({ image }) => path.basename(image))).toEqual([
      '3-sea-by-night.png',
      '3-snow-at-dawn.png',
    ]);
    expect(readdirSync(path.join(folder, 'zipar-images'))).toHaveLength(2);
    const texts = readPngText(read('zipar-images/3-sea-by-night.png'));
    expect(JSON.parse(texts.get('zipar') ?? '')).toMatchObject({
      prompt: 'sea by night',
      noise: NOISE_VERSION,
    });
  });

  it('are refused before the first when a line is wrong, or one file is named for all', async () => {
    writeFileSync(path.join(folder, 'wrong.txt'), 'sea\nxyzzy plugh\n');
    await expectRefusal('wrong.txt, line 2', 'generate', '--prompts', 'wrong.txt');
    writeFileSync(path.join(folder, 'none.txt'), '# nothing\n');
    await expectRefusal('no prompt', 'generate', '--prompts', 'none.txt');
    await expectRefusal('--out', 'generate', 'sea', '--count', '2', '--out', 'x.png');
    await expectRefusal('--trace', 'generate', 'sea', '--count', '2', '--trace', 'x.zipar');
    await expectRefusal('--prompts', 'generate', 'sea', '--prompts', 'prompts.txt');
  });
});

describe('a file that tells of no run', () => {
  it.each(['show', '--like'])('is refused by %s in one sentence', async (use) => {
    const args = (file: string): string[] => (use === 'show' ? ['show', file] : ['generate', '--like', file]);
    writeFileSync(path.join(folder, 'foreign.png'), encodePng(Uint8Array.of(1, 2, 3), 1, 1));
    writeFileSync(path.join(folder, 'half.png'), read('a.png').subarray(0, 9000));
    writeFileSync(path.join(folder, 'half.zipar'), read('a.zipar').subarray(0, 900));
    writeFileSync(path.join(folder, 'text.txt'), 'hello');
    await expectRefusal('foreign.png tells of no run', ...args('foreign.png'));
    await expectRefusal('half.png', ...args('half.png'));
    await expectRefusal('half.zipar', ...args('half.zipar'));
    await expectRefusal('text.txt', ...args('text.txt'));
    await expectRefusal('no such file', ...args('missing.png'));
  });
});
