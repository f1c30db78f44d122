/** `zipar diff`: two runs compared from their files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutPngTrace } from '../../sidecar/trace-file/png-trace';
import { runZipar, type Outcome } from './zipar-process';

interface DiffJson {
  readonly compared: number;
  readonly differing: readonly number[];
  readonly agreement: number;
  readonly agreementByRow: readonly number[];
  readonly first: { readonly position: number; readonly sides: readonly { readonly token: number }[] } | null;
}

interface RunJson {
  readonly tokens: readonly number[];
}

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
    expect(difference).toMatchObject({ compared: 256, differing: expected });
    expect(difference.agreement).toBeCloseTo(1 - expected.length / 256, 12);
    expect(difference.agreementByRow).toHaveLength(16);
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

  it.each([
    ['a picture without a trace', 'bare.png', /bare\.png has no trace/],
    ['a file that is not there', 'none.png', /none\.png/],
    ['a file of another kind', 'note.png', /note\.png/],
  ])('refuses %s in one sentence', async (_, file, named) => {
    writeFileSync(
      path.join(folder, 'bare.png'),
      withoutPngTrace(readFileSync(path.join(folder, 'raster.png'))),
    );
    writeFileSync(path.join(folder, 'note.png'), 'a note');
    const { code, stdout, stderr } = await zipar('diff', 'raster.png', file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(named);
    expect(stderr).toMatch(/^zipar: [^\n]+\.\n$/);
  });
});
