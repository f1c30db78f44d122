/** Compares the judge with the PyTorch code that trained it, and runs `zipar eval` as a user does. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runComparison } from '../../extension/decoder-comparison';
import { Judge } from '../../sidecar/evaluation/judge';
import type { ReportHeader } from '../../sidecar/decoder-report/decoder-report';
import { readDecoderReport } from '../../sidecar/decoder-report/read-decoder-report';
import type { PictureResult } from '../../sidecar/evaluation/evaluation-results';
import { readTraceFile } from '../../sidecar/trace-file/trace-file';
import type { DecoderSummary } from '../../sidecar/evaluation/evaluation-summary';
import { readTensorAsFloat32, readTensorAsIntegers } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import { writeT5Folder } from '../checkpoints/t5-folder';
import { runZipar } from './zipar-process';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

const ROOT = path.join(__dirname, '../..');
const WIDTH = EMBEDDED.grid.width;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-eval-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Numbers = ReportHeader & {
  rows: DecoderSummary[];
  fewestPassesWithoutLoss: { likelihood: string | null; accuracy: string | null };
};

async function evaluation(...args: string[]): Promise<Numbers> {
  const { stdout, stderr, code } = await runZipar(folder, ['eval', '--json', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Numbers;
}

describe('the judge', () => {
  it('finds in a picture what the original network finds', async () => {
    const judge = await Judge.open(path.join(ROOT, 'sidecar/judge'));
    const fixture = await openSafetensors(path.join(ROOT, 'test/fixtures/judge.safetensors'));
    const [picture, features, classes] = ['picture', 'features', 'classes'].map((name) => {
      const tensor = fixture.get(name);
      if (!tensor) throw new Error(`The fixture lacks ${name}.`);
      return tensor;
    });
    if (!picture || !features || !classes) throw new Error('The fixture is incomplete.');
    const [height = 0, width = 0] = picture.shape;
    const verdict = await judge.look({
      width,
      height,
      rgb: Uint8Array.from(await readTensorAsIntegers(picture)),
    });

    const wanted = await readTensorAsFloat32(features);
    const largest = Math.max(...wanted);
    // The judge's weights ship in float16.
    for (const [i, value] of wanted.entries())
      expect(Math.abs((verdict.features[i] ?? NaN) - value)).toBeLessThan(0.01 * largest);
    const names = (await readTensorAsIntegers(classes)).map(
      (index, i) => judge.attributes[i]?.classes[index],
    );
    expect([...verdict.classes.values()]).toEqual(names);
  });
});

describe('zipar eval', () => {
  it('compares decoders of the embedded model with the same noise, continues an earlier evaluation, and writes a report', async () => {
    const out = path.join(folder, 'embedded');
    const args = ['--decoders', `zipar:${WIDTH},2`, '--out', out];
    await evaluation(...args, '--images', '1');
    const results = path.join(out, 'results.jsonl');
    const first = readFileSync(results, 'utf8');
    const { rows, images } = await evaluation(...args, '--images', '2');

    // The earlier results are unchanged, and only the second picture was added.
    expect(readFileSync(results, 'utf8').startsWith(first)).toBe(true);
    expect(readFileSync(results, 'utf8').trimEnd().split('\n')).toHaveLength(6);
    expect(images).toBe(2);
    const [raster, widest, two] = rows;
    const steps = fixedWindowSteps(2);
    expect(rows.map(({ label }) => label)).toEqual(['raster', `zipar ${WIDTH}`, 'zipar 2']);
    expect(rows.map(({ steps }) => steps)).toEqual([EMBEDDED.cells, EMBEDDED.cells, steps]);
    // A window as wide as the grid is raster order.
    expect(widest).toMatchObject({
      agreement: 1,
      nll: raster?.nll,
      nllDifference: { mean: 0, low: 0, high: 0 },
    });
    expect(two?.agreement).toBeLessThan(1);
    expect(two?.nll).not.toBe(raster?.nll);
    for (const { judged, nll } of rows) {
      expect(nll).toBeGreaterThan(0);
      expect(judged?.accuracy).toBeGreaterThan(0);
      expect(Object.keys(judged?.groups ?? {})).toEqual(['seen', 'held-out']);
    }
    const report = readFileSync(path.join(out, 'report.md'), 'utf8');
    expect(report).toContain(`| zipar 2 | ${steps} | ${(100 * (1 - steps / EMBEDDED.cells)).toFixed(1)} % |`);
    expect(readFileSync(path.join(out, 'quality.svg'), 'utf8')).toMatch(/^<svg .*<\/svg>\n$/s);
    await expectSheet(out, report);

    // A picture that is not there any more is made again, and no result is added.
    rmSync(path.join(out, 'pictures/zipar-2-1.png'));
    await evaluation(...args, '--images', '2');
    await expectSheet(out, report);
    expect(readFileSync(results, 'utf8').trimEnd().split('\n')).toHaveLength(6);
  });

  /** Checks that the pictures of two seeds are there as runs, and that figures and report are about them. */
  async function expectSheet(out: string, report: string): Promise<void> {
    const read = readDecoderReport(readFileSync(path.join(out, 'report.json'), 'utf8'));
    const lines = readFileSync(path.join(out, 'results.jsonl'), 'utf8').trimEnd().split('\n');
    const results = lines.map((line) => JSON.parse(line) as PictureResult);
    expect(read?.pictures.map(({ decoder, number }) => [decoder, number])).toEqual([
      ...['raster', `zipar ${WIDTH}`, 'zipar 2'].map((decoder) => [decoder, 0]),
      ...['raster', `zipar ${WIDTH}`, 'zipar 2'].map((decoder) => [decoder, 1]),
    ]);
    for (const { decoder, number, file, seed, steps, nll, title } of read?.pictures ?? []) {
      const record = await readTraceFile(readFileSync(path.join(out, file)));
      const result = results.find((each) => each.decoder === decoder && each.number === number);
      expect(Array.from(record?.snapshot.tokens ?? [])).toEqual(result?.tokens);
      expect(record?.run.settings).toMatchObject({ seed, condition: { prompt: title } });
      expect({ steps, nll }).toEqual({ steps: result?.steps, nll: result?.nll });
      expect(report).toContain(`<img src="${file}"`);
    }
  }

  it('takes every class of a class-conditional model in turn, without a judge', async () => {
    const model = path.join(ROOT, 'test/golden/llamagen-c2i');
    const out = path.join(folder, 'classes');
    const args = ['--model', model, '--images', '3', '--decoders', 'zipar:8,1', '--out', out];
    const { rows, prompts } = await evaluation(...args);
    // The model has no image decoder, so no pictures are kept.
    expect(readdirSync(out)).not.toContain('pictures');
    expect(prompts).toBe('classes 0 to 9 in turn');
    expect(rows.map(({ judged }) => judged)).toEqual([undefined, undefined, undefined]);
    expect(rows.map(({ steps }) => steps)).toEqual([64, 64, 8 + 7]);
    expect(rows[1]?.agreement).toBe(1);
  });

  it('reads the prompts for a caption-conditional model with the text encoder that is named', async () => {
    const model = path.join(ROOT, 'test/golden/llamagen-t2i');
    const set = path.join(folder, 'text-prompts.json');
    writeFileSync(
      set,
      '{"format":"zipar-prompts","version":1,"prompts":[{"prompt":"a red house"},{"prompt":"two boats"}]}',
    );
    const one = path.join(ROOT, 'test/golden/t5-encoder');
    const other = path.join(folder, 'other-encoder');
    await writeT5Folder(
      other,
      { layers: 1, dim: 32, heads: 2, headDim: 8, hidden: 16, vocab: 40 },
      { seed: 9, shards: 1 },
    );
    const args = ['--model', model, '--prompts', set, '--images', '2', '--decoders', 'zipar:4'];
    const read = async (encoder: string, out: string) =>
      evaluation(...args, '--text-encoder', encoder, '--out', path.join(folder, out));
    const likelihoods = ({ rows }: Numbers) => rows.map(({ nll }) => nll);
    const numbers = await read(one, 'read-by-one');
    expect(numbers.rows.map(({ label }) => label)).toEqual(['raster', 'zipar 4']);
    expect(likelihoods(await read(other, 'read-by-other'))).not.toEqual(likelihoods(numbers));
    // Results of another text encoder belong to another evaluation.
    const mixed = await runZipar(folder, [
      ...['eval', ...args, '--text-encoder', other],
      ...['--out', path.join(folder, 'read-by-one')],
    ]);
    expect(mixed).toMatchObject({ code: 2, stdout: '' });
    expect(mixed.stderr).toContain('with other settings');
    const general = await evaluation(
      ...['--model', model, '--text-encoder', one, '--images', '1', '--decoders', 'zipar:4'],
      ...['--out', path.join(folder, 'general')],
    );
    expect(general.prompts).toBe('20 general prompts in turn');
  });

  it('shares the pictures among processes, with the same results as one process', async () => {
    const model = path.join(ROOT, 'test/golden/llamagen-c2i');
    const args = ['--model', model, '--images', '3', '--decoders', 'zipar:4 zipar-adaptive:2'];
    const alone = await evaluation(...args, '--out', path.join(folder, 'alone'));
    const out = path.join(folder, 'shared');
    const shared = await evaluation(...args, '--out', out, '--jobs', '2');
    const measured = ({ rows }: Numbers) =>
      rows.map(({ label, steps, agreement, nll }) => ({ label, steps, agreement, nll }));
    expect(measured(shared)).toEqual(measured(alone));
    const made = (file: string) => readFileSync(path.join(out, file), 'utf8').trimEnd().split('\n').length;
    expect([made('results.jsonl'), made('results-1.jsonl')]).toEqual([2 * 3, 1 * 3]);
    // One process continues what two others have made.
    await evaluation(...args, '--out', out, '--images', '4');
    expect([made('results.jsonl'), made('results-1.jsonl')]).toEqual([3 * 3, 1 * 3]);
  });

  it('says what stopped one of the processes', async () => {
    const model = path.join(ROOT, 'test/golden/llamagen-c2i');
    const prompts = path.join(folder, 'second-is-wrong.json');
    writeFileSync(prompts, '{"format":"zipar-prompts","version":1,"prompts":[{"class":1},{"class":5000}]}');
    const out = path.join(folder, 'stopped');
    const args = ['--model', model, '--prompts', prompts, '--images', '2', '--decoders', 'zipar:4'];
    const { stdout, stderr, code } = await runZipar(folder, ['eval', ...args, '--out', out, '--jobs', '2']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^zipar: .*5000.*\n$/);
  });

  it('reports its progress to the extension, and ends with the extension', async () => {
    const model = path.join(ROOT, 'test/golden/llamagen-c2i');
    const out = path.join(folder, 'forked');
    const comparison = (
      images: string,
      signal: AbortSignal,
      onProgress: (made: number, wanted: number) => void,
    ) =>
      runComparison({
        runtime: { execPath: process.execPath, version: process.versions.node, source: 'path', env: {} },
        script: path.join(ROOT, 'dist/zipar.js'),
        arguments: ['--model', model, '--decoders', 'zipar:4', '--images', images, '--out', out],
        signal,
        onProgress,
        onPacking: () => undefined,
      });
    const aborter = new AbortController();
    const cutShort = comparison('100000', aborter.signal, (made) => {
      if (made >= 3) aborter.abort();
    });
    expect(await cutShort).toBe(false);
    const progress: string[] = [];
    const whole = comparison('2', new AbortController().signal, (made, wanted) =>
      progress.push(`${made}/${wanted}`),
    );
    expect(await whole).toBe(true);
    expect(progress).toEqual(['1/4', '2/4', '3/4', '4/4']);
    expect(readFileSync(path.join(out, 'report.md'), 'utf8')).toContain('| zipar 4 | 36 |');
  });

  it.each([
    ['an unknown decoder', ['--decoders', 'spiral:3'], /"spiral:3"/],
    [
      'a window outside the grid',
      ['--decoders', `zipar:${WIDTH + 1}`],
      new RegExp(`Window ${WIDTH + 1} .*1\\.\\.${WIDTH}\\b`),
    ],
    ['a prompt set that is missing', ['--prompts', 'none.json'], /none\.json/],
    [
      'a text encoder for a model that reads none',
      ['--text-encoder', path.join(ROOT, 'test/golden/t5-encoder')],
      /--text-encoder .*vista/i,
    ],
    ['a judge that is none', ['--judge', '.'], /judge\.json/],
  ])('refuses %s in one sentence', async (_, args, sentence) => {
    const { stdout, stderr, code } = await runZipar(folder, ['eval', '--images', '1', ...args]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('does not mix results of different settings', async () => {
    const model = path.join(ROOT, 'test/golden/llamagen-c2i');
    const out = path.join(folder, 'settled');
    const args = ['--model', model, '--images', '1', '--decoders', 'zipar:4', '--out', out];
    await evaluation(...args);
    const { stderr, code } = await runZipar(folder, ['eval', ...args, '--cfg', '3']);
    expect(code).toBe(2);
    expect(stderr).toContain(out);
    const damaged = path.join(folder, 'prompts.json');
    writeFileSync(damaged, '{"format":"zipar-prompts","version":1,"prompts":[{}]}');
    const refused = await runZipar(folder, ['eval', ...args, '--prompts', damaged]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('"prompts[0].prompt"');
  });
});
