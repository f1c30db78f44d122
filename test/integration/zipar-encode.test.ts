/** `zipar encode` and `zipar generate --start`: pictures that become tokens, with a tiny model whose encoder undoes its decoder. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../sidecar/image/png';
import { decodePng } from '../../sidecar/image/read-png';
import { RandomTensors } from '../families/random-tensors';
import { EMBEDDED } from '../fixtures/embedded-model';
import { MIRROR_CODES, mirrorPicture, writeMirrorModel } from '../image-encoders/mirror-model';
import { runZipar, type Outcome } from './zipar-process';

const [ROWS, COLUMNS] = [6, 4];

interface RunJson {
  readonly tokens: readonly number[];
  readonly steps: number;
  readonly grid: readonly [number, number];
  readonly start?: { readonly file: string; readonly keptRows: number };
}

let folder: string;
/** The tokens of picture.png. */
let tokens: readonly number[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-encode-'));
  await writeMirrorModel(path.join(folder, 'inside'), 'inside');
  await writeMirrorModel(path.join(folder, 'beside'), 'beside');
  await writeMirrorModel(path.join(folder, 'nowhere'), 'nowhere');
  const random = new RandomTensors(4, 'F32');
  tokens = Array.from({ length: ROWS * COLUMNS }, () => Math.floor(MIRROR_CODES * random.next()));
  writePicture('picture.png', mirrorPicture(tokens, COLUMNS), 2 * COLUMNS, 2 * ROWS);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function writePicture(name: string, rgb: Uint8Array, width: number, height: number): void {
  writeFileSync(path.join(folder, name), encodePng(rgb, width, height));
}

function zipar(...args: readonly string[]): Promise<Outcome> {
  return runZipar(folder, args, { environment: { ZIPAR_CACHE: path.join(folder, 'cache') } });
}

async function json(...args: readonly string[]): Promise<RunJson> {
  const { code, stdout, stderr } = await zipar(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as RunJson;
}

/** Peak signal-to-noise ratio of two pictures of one size, in dB. */
function psnr(...names: readonly [string, string]): number {
  const [one, other] = names.map((name) => Array.from(decodePng(readFileSync(path.join(folder, name))).rgb));
  const squares = one?.reduce((sum, level, i) => sum + (level - (other?.[i] ?? NaN)) ** 2, 0) ?? NaN;
  return 10 * Math.log10((255 ** 2 * (one?.length ?? NaN)) / squares);
}

describe('zipar encode', () => {
  it.each(['inside', 'beside'])(
    'finds the tokens of a picture, and of what is drawn of them (encoder %s)',
    async (model) => {
      const encoded = await json('encode', 'picture.png', '--model', model, '--out', `${model}.json`);
      expect(encoded).toEqual({ model: 'mirror', grid: [ROWS, COLUMNS], picture: 'picture.png', tokens });
      const { code } = await zipar(
        'decode',
        '--model',
        model,
        '--tokens',
        `${model}.json`,
        '--out',
        `${model}.png`,
      );
      expect(code).toBe(0);
      expect((await json('encode', `${model}.png`, '--model', model)).tokens).toEqual(tokens);
      expect((await zipar('encode', 'picture.png', '--model', model)).stdout).toBe(`${tokens.join(' ')}\n`);
    },
  );

  it('finds most tokens of a picture of the embedded model, and a picture that looks the same', async () => {
    const drawn = await json(
      ...['generate', 'snow at dawn', '--window', '2', '--seed', '3', '--out', 'drawn.png'],
    );
    const encoded = await json('encode', 'drawn.png', '--out', 'encoded.json');
    const same = encoded.tokens.filter((token, cell) => token === drawn.tokens[cell]).length;
    expect(same / EMBEDDED.cells).toBeGreaterThan(0.6); // a token of 1,024 is right by chance once in 1,024
    expect((await zipar('decode', '--tokens', 'encoded.json', '--out', 'again.png')).code).toBe(0);
    expect(psnr('drawn.png', 'again.png')).toBeGreaterThan(30);
  });

  it('makes a larger picture smaller, and cuts its middle out', async () => {
    // Twice the size, with a margin of 6 pixels left and right that would change the tokens.
    const [width, height] = [4 * COLUMNS + 12, 4 * ROWS];
    const plain = mirrorPicture(tokens, COLUMNS);
    const large = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
      const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
      const isMargin = x < 6 || x >= width - 6;
      return isMargin
        ? 128
        : (plain[3 * (Math.floor(y / 2) * 2 * COLUMNS + Math.floor((x - 6) / 2)) + (i % 3)] ?? 0);
    });
    writePicture('large.png', large, width, height);
    const { code, stdout, stderr } = await zipar('encode', 'large.png', '--model', 'inside', '--json');
    expect(code).toBe(0);
    expect(stderr).toBe(
      'large.png is used in part: the middle 16 x 24 of its 28 x 24 pixels, which have the aspect of the grid.\n',
    );
    expect((JSON.parse(stdout) as RunJson).tokens).toEqual(tokens);
  });

  it('takes another grid', async () => {
    const { stdout } = await zipar('encode', 'picture.png', '--model', 'inside', '--grid', '4x4', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      grid: [4, COLUMNS],
      tokens: tokens.slice(COLUMNS, 5 * COLUMNS),
    });
  });

  it.each([
    [
      'a model without an encoder',
      ['picture.png', '--model', 'nowhere'],
      /has no encoder, only the decoder.*choose a model/,
    ],
    [
      'a picture that is too small',
      ['picture.png', '--model', 'inside', '--grid', '8x8'],
      /has 8 x 12 pixels, too few for a grid of 8x8 tokens, which needs 16 x 16; name a larger picture, or a smaller grid\./,
    ],
    ['no PNG', ['inside/zipar-model.json', '--model', 'inside'], /This is not a PNG file/],
    ['no file', ['lost.png', '--model', 'inside'], /lost\.png: there is no such file/],
    [
      'a place that is no JSON file',
      ['picture.png', '--model', 'inside', '--out', 'a.txt'],
      /does not end in \.json/,
    ],
  ])('refuses %s with one sentence', async (_, args, message) => {
    const { code, stdout, stderr } = await zipar('encode', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('zipar generate --start', () => {
  const start = ['generate', '--model', 'inside', '--class', '3', '--seed', '8', '--start', 'picture.png'];

  it.each(['raster', 'zipar', 'zipar-adaptive'])(
    'keeps the upper rows and draws the others (%s)',
    async (decoder) => {
      for (const rows of [1, 4]) {
        const run = await json(
          ...start,
          '--keep-rows',
          String(rows),
          '--decoder',
          decoder,
          '--out',
          'run.png',
        );
        expect(run.tokens.slice(0, rows * COLUMNS)).toEqual(tokens.slice(0, rows * COLUMNS));
        expect(run.tokens.every((token) => token >= 0 && token < MIRROR_CODES)).toBe(true);
        expect(run.start).toEqual({ file: 'picture.png', keptRows: rows });
        // The rows below are those of a branch that draws them again from the same tokens.
        const branch = await json('branch', 'run.png', '--from-row', String(rows + 1), '--model', 'inside');
        expect(branch.tokens).toEqual(run.tokens);
        expect(branch.start).toEqual(run.start);
      }
    },
  );

  it('draws the same with raster order and with a window as wide as the grid', async () => {
    const [raster, zipar] = [
      await json(...start, '--keep-rows', '2', '--decoder', 'raster', '--tokens-only'),
      await json(...start, '--keep-rows', '2', '--decoder', 'zipar', '--window', '4', '--tokens-only'),
    ];
    expect(zipar.tokens).toEqual(raster.tokens);
  });

  it('needs no draw when all rows are kept', async () => {
    const run = await json(
      ...start,
      '--keep-rows',
      String(ROWS),
      '--out',
      'whole.png',
      '--trace',
      'whole.zipar',
    );
    expect(run.tokens).toEqual(tokens);
    expect(run.steps).toBe(ROWS * COLUMNS);
    expect((await json('encode', 'whole.png', '--model', 'inside')).tokens).toEqual(tokens);
  });

  it('begins with a tokens file, also where the model has no encoder', async () => {
    writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(tokens));
    const given = ['generate', '--class', '3', '--seed', '8', '--start', 'tokens.json', '--keep-rows', '4'];
    const run = await json(...given, '--model', 'nowhere', '--tokens-only');
    expect(run.tokens).toEqual((await json(...start, '--keep-rows', '4', '--tokens-only')).tokens);
    expect(run.start).toEqual({ file: 'tokens.json', keptRows: 4 });
    writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify([...tokens.slice(1), 8]));
    const outside = await zipar(...given, '--model', 'inside');
    expect(outside.code).toBe(2);
    expect(outside.stderr).toMatch(/tokens\.json: token 23 is 8, outside the model's 0\.\.7; name tokens/);
    const other = await zipar(...given, '--model', 'inside', '--grid', '4x4');
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/holds 24 tokens where a grid of 4x4 takes 16; name the grid/);
  });

  it('is told by the files of the run', async () => {
    const told = await json(...start, '--keep-rows', '3', '--out', 'told.png', '--trace', 'told.zipar');
    for (const file of ['told.png', 'told.zipar']) {
      expect(await json('show', file)).toMatchObject({ start: { file: 'picture.png', keptRows: 3 } });
      const { stdout } = await zipar('show', file);
      expect(stdout).toContain('the upper 3 rows are those of picture.png');
    }
    const again = await json('generate', '--resume', 'told.zipar', '--model', 'inside', '--tokens-only');
    expect(again).toMatchObject({ tokens: told.tokens, start: told.start });
  });

  it.each([
    ['no number of rows', [], /--start goes with --keep-rows N/],
    [
      'more rows than there are',
      ['--keep-rows', '7'],
      /7 rows cannot be kept of a grid of 6 rows; keep 1 to 6\./,
    ],
    [
      'a decoder with drafts',
      ['--keep-rows', '2', '--decoder', 'scd'],
      /The decoder scd cannot go on below rows that are given/,
    ],
    [
      'a grid that the picture is too small for',
      ['--keep-rows', '2', '--grid', '8x8'],
      /too few for a grid of 8x8/,
    ],
    ['two beginnings', ['--keep-rows', '2', '--resume', 'whole.zipar'], /--resume goes on with one run/],
  ])('refuses %s with one sentence', async (_, args, message) => {
    const { code, stdout, stderr } = await zipar(...start, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses --keep-rows without a picture', async () => {
    const { code, stderr } = await zipar('generate', 'a ship', '--keep-rows', '2');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--keep-rows goes with --start FILE,/);
  });
});
