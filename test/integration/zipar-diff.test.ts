/** `zipar diff`: two runs compared from their files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNDECIDED } from '../../sidecar/protocol';
import { withoutPngTrace } from '../../sidecar/trace-file/png-trace';
import type { RunRecord } from '../../sidecar/trace-file/run-record';
import { encodeTrace, readTraceFile, ziparFile } from '../../sidecar/trace-file/trace-file';
import { runZipar, type Outcome } from './zipar-process';
import { EMBEDDED } from '../fixtures/embedded-model';

interface DiffJson {
  readonly compared: number;
  readonly differing: readonly number[];
  readonly agreement: number;
  readonly agreementByRow: readonly number[];
  readonly first: { readonly position: number; readonly sides: readonly { readonly token: number }[] } | null;
  readonly runs: readonly { readonly meanNll: number | null; readonly nll: readonly number[] | null }[];
  readonly likelihoodsMissing: string | null;
}

interface ScoreJson {
  readonly meanNll: number;
  readonly nll: readonly number[];
}

interface RunJson {
  readonly tokens: readonly number[];
}

const { height: HEIGHT, width: WIDTH } = EMBEDDED.grid;

let folder: string;
const runs: Record<string, RunJson> = {};

function zipar(...args: readonly string[]): Promise<Outcome> {
  return runZipar(folder, args);
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await zipar(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

async function recordOf(name: string): Promise<RunRecord> {
  const record = await readTraceFile(readFileSync(path.join(folder, name)));
  if (!record) throw new Error('The file holds no run.');
  return record;
}

/** Writes the run of a file again, with changes. */
async function changed(name: string, to: string, change: (record: RunRecord) => RunRecord): Promise<void> {
  const trace = await encodeTrace(change(await recordOf(name)));
  writeFileSync(path.join(folder, to), ziparFile(trace));
}

function withModel(record: RunRecord, model: string, weights: string | null): RunRecord {
  const settings = { ...record.run.settings, model };
  return { ...record, origin: { ...record.origin, weights }, run: { ...record.run, settings } };
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-diff-'));
  for (const [name, ...decoder] of [
    ['raster', '--decoder', 'raster'],
    ['ahead', '--decoder', 'raster', '--lookahead', '8'],
    ['zipar', '--decoder', 'zipar', '--window', '2'],
  ] as const)
    runs[name] = await json(
      ...['generate', 'snow at dawn', '--seed', '7', ...decoder],
      ...['--out', `${name}.png`, '--trace', `${name}.zipar`],
    );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('zipar diff', () => {
  it('lists exactly the cells whose tokens differ, and the first of them', async () => {
    const expected = [...(runs.raster?.tokens ?? []).keys()].filter(
      (cell) => runs.raster?.tokens[cell] !== runs.zipar?.tokens[cell],
    );
    expect(expected.length).toBeGreaterThan(0);
    const difference = await json<DiffJson>('diff', 'raster.png', 'zipar.png');
    expect(difference).toMatchObject({ compared: EMBEDDED.cells, differing: expected });
    expect(difference.agreement).toBeCloseTo(1 - expected.length / EMBEDDED.cells, 12);
    expect(difference.agreementByRow).toHaveLength(HEIGHT);
    const [cell = -1] = expected;
    expect(difference.first?.position).toBe(cell);
    expect(difference.first?.sides.map(({ token }) => token)).toEqual([
      runs.raster?.tokens[cell],
      runs.zipar?.tokens[cell],
    ]);
  });

  it('finds no difference between a run and the same run with a lookahead', async () => {
    const difference = await json<DiffJson>('diff', 'raster.zipar', 'ahead.png');
    expect(difference).toMatchObject({ differing: [], agreement: 1, first: null });
  });

  it('says in words where the runs part', async () => {
    const { code, stdout } = await zipar('diff', 'raster.png', 'zipar.zipar');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^The runs part at row \d+, column \d+: run 1 \(raster\) drew \d+ in step \d+ and .+\. (No later cell differs|\d+ cells? differs? after it)\.$/m,
    );
  });

  it('says how likely each run is in raster order, as `zipar score` does', async () => {
    const { runs: compared, likelihoodsMissing } = await json<DiffJson>('diff', 'raster.png', 'zipar.png');
    expect(likelihoodsMissing).toBeNull();
    for (const [side, name] of ['raster', 'zipar'].entries()) {
      writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(runs[name]?.tokens));
      const { guidance } = (await recordOf(`${name}.png`)).run.settings;
      const score = await json<ScoreJson>(
        ...['score', 'snow at dawn', '--tokens', 'tokens.json', '--cfg', String(guidance)],
      );
      expect(compared[side]).toMatchObject({ meanNll: score.meanNll, nll: score.nll });
    }
    const { stdout } = await zipar('diff', 'raster.png', 'zipar.png');
    const mean = (side: number): string => (-(compared[side]?.meanNll ?? NaN)).toFixed(3);
    expect(stdout).toContain(`in raster order, nats a token: run 1 ${mean(0)}, run 2 ${mean(1)}\n`);
  });

  it('knows the likelihoods of a run that is not complete up to its first undecided cell', async () => {
    await changed('zipar.png', 'cut.zipar', (record) => ({
      ...record,
      snapshot: {
        ...record.snapshot,
        tokens: record.snapshot.tokens.map((token, cell) => (cell === 40 ? UNDECIDED : token)),
        stepOf: record.snapshot.stepOf.map((step, cell) => (cell === 40 ? UNDECIDED : step)),
      },
    }));
    const whole = await json<DiffJson>('diff', 'zipar.png', 'cut.zipar');
    expect(whole.runs[1]?.nll).toHaveLength(40);
    for (const [cell, nll] of (whole.runs[1]?.nll ?? []).entries())
      expect(nll).toBeCloseTo(whole.runs[0]?.nll?.[cell] ?? NaN, 4);
  });

  it('compares without likelihoods where the model is not there, and says so', async () => {
    for (const name of ['raster', 'zipar'])
      await changed(`${name}.png`, `${name}-elsewhere.zipar`, (record) =>
        withModel(record, 'elsewhere', null),
      );
    const files = ['raster-elsewhere.zipar', 'zipar-elsewhere.zipar'];
    const difference = await json<DiffJson>('diff', ...files);
    expect(difference.likelihoodsMissing).toBe(
      'The model elsewhere does not ship with this program; name its folder with --model.',
    );
    expect(difference.runs).toMatchObject([
      { meanNll: null, nll: null },
      { meanNll: null, nll: null },
    ]);
    const { code, stdout } = await zipar('diff', ...files);
    expect({ code, known: stdout.includes('not known. The model elsewhere does not ship') }).toEqual({
      code: 0,
      known: true,
    });
    expect((await zipar('diff', ...files, '--model', EMBEDDED.name)).stdout).toContain(
      'in raster order, nats a token: run 1 -',
    );
  });

  it('refuses a named model with other weights, and takes them for no reason to refuse an unnamed one', async () => {
    for (const name of ['raster', 'zipar'])
      await changed(`${name}.png`, `${name}-trained.zipar`, (record) =>
        withModel(record, EMBEDDED.name, 'ff'.repeat(16)),
      );
    const files = ['raster-trained.zipar', 'zipar-trained.zipar'];
    const named = await zipar('diff', ...files, '--model', EMBEDDED.name);
    expect(named).toMatchObject({ code: 2, stdout: '' });
    expect(named.stderr).toMatch(
      new RegExp(`^zipar: The model ${EMBEDDED.name} has other weights [^\\n]+\\.\\n$`),
    );
    expect((await json<DiffJson>('diff', ...files)).likelihoodsMissing).toContain('other weights');
    expect(await zipar('diff', ...files, '--model', 'nowhere')).toMatchObject({ code: 2, stdout: '' });
  });

  it('compares the files alone when told so', async () => {
    const { runs: compared } = await json<DiffJson>('diff', 'raster.png', 'zipar.png', '--no-likelihoods');
    expect(compared[0]?.nll).toBeNull();
    const { stdout } = await zipar('diff', 'raster.png', 'zipar.png', '--no-likelihoods');
    expect(stdout).not.toContain('likelihood');
  });

  it.each([
    ['a picture without a trace', 'bare.png', /bare\.png has no trace/],
    ['a file that is not there', 'none.png', /none\.png/],
    ['a file of another kind', 'note.png', /note\.png/],
    [
      'a run of another grid',
      'grid.zipar',
      `grid of ${HEIGHT}x${WIDTH} tokens, and the second one of ${HEIGHT / 2}x${2 * WIDTH}`,
    ],
    [
      'a run of a model with other tokens',
      'model.zipar',
      `of two models, ${EMBEDDED.name} and other, or of other`,
    ],
    ['a file of a newer version', 'newer.zipar', /newer\.zipar: The trace has version 9/],
    ['a damaged file', 'damaged.zipar', /damaged\.zipar: /],
  ])('refuses %s in one sentence', async (_, file, named) => {
    writeFileSync(
      path.join(folder, 'bare.png'),
      withoutPngTrace(readFileSync(path.join(folder, 'raster.png'))),
    );
    writeFileSync(path.join(folder, 'note.png'), 'a note');
    await changed('raster.png', 'grid.zipar', (record) => ({
      ...record,
      run: { ...record.run, grid: [HEIGHT / 2, 2 * WIDTH] },
      snapshot: { ...record.snapshot, height: HEIGHT / 2, width: 2 * WIDTH },
    }));
    await changed('raster.png', 'model.zipar', (record) => withModel(record, 'other', 'ff'.repeat(16)));
    const whole = readFileSync(path.join(folder, 'raster.zipar'));
    writeFileSync(
      path.join(folder, 'newer.zipar'),
      Buffer.concat([whole.subarray(0, 8), Buffer.of(9, 0, 0, 0), whole.subarray(12)]),
    );
    writeFileSync(path.join(folder, 'damaged.zipar'), whole.subarray(0, whole.length - 100));
    const { code, stdout, stderr } = await zipar('diff', 'raster.png', file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(named);
    expect(stderr).toMatch(/^zipar: [^\n]+\.\n$/);
  });
});
