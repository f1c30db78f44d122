/** `zipar branch`: from the command line to the file, with the model that ships. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runZipar, type Outcome } from './zipar-process';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

interface RunJson {
  readonly steps: number;
  readonly tokens: readonly number[];
  readonly image: string | null;
  readonly decoder: string;
  readonly seed: number;
  readonly parent?: { readonly file: string; readonly madeAt: number; readonly seed: number };
  readonly branch?: object;
}

const { height: HEIGHT, width: WIDTH } = EMBEDDED.grid;
const STEPS = fixedWindowSteps(4);

let folder: string;
let parent: RunJson;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-branch-'));
  parent = await json(
    'generate',
    'mountains at dusk',
    '--seed',
    '11',
    '--window',
    '4',
    '--out',
    'parent.png',
  );
  await json(
    ...['generate', 'mountains at dusk', '--seed', '11', '--tokens-only', '--decoder', 'zipar-adaptive'],
    ...['--window', '4', '--trace', 'adaptive.zipar'],
  );
  await json(
    'generate',
    'mountains at dusk',
    '--seed',
    '11',
    '--tokens-only',
    '--decoder',
    'scd',
    '--trace',
    'scd.zipar',
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zipar(...args: readonly string[]): Promise<Outcome> {
  return runZipar(folder, args, { environment: { ZIPAR_CACHE: path.join(folder, 'cache') } });
}

async function json(...args: readonly string[]): Promise<RunJson> {
  const { code, stdout, stderr } = await zipar(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as RunJson;
}

async function shown(file: string): Promise<Record<string, unknown>> {
  const { stdout } = await zipar('show', file, '--json');
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** `R,C` of a cell, counted from 1. */
function place(cell: number): string {
  return `${Math.floor(cell / WIDTH) + 1},${(cell % WIDTH) + 1}`;
}

describe('a branch', () => {
  it('with no change has the tokens of its parent, from any step', async () => {
    for (const at of [0, 1, 40, STEPS - 1, STEPS]) {
      const branch = await json('branch', 'parent.png', '--at', String(at), '--tokens-only');
      expect(branch.tokens).toEqual(parent.tokens);
      expect(branch.steps).toBe(parent.steps);
    }
  });

  it('with no change has the tokens and steps of an adaptive parent, also where a candidate waits', async () => {
    const adaptive = (await shown('adaptive.zipar')) as {
      readonly tokens: readonly number[];
      readonly steps: number;
      readonly events: readonly { readonly step: number; readonly accepted: boolean }[];
    };
    const rejected = adaptive.events.find(({ accepted }) => !accepted);
    // The candidate of the first row start waits after this step, and after the other one a second candidate.
    const [first, again] = [(adaptive.events[0]?.step ?? NaN) - 1, rejected?.step ?? NaN];
    for (const at of [first, first + 1, again, 50]) {
      const branch = await json('branch', 'adaptive.zipar', '--at', String(at), '--tokens-only');
      expect({ at, tokens: branch.tokens }).toEqual({ at, tokens: adaptive.tokens });
      expect(branch.steps).toBe(adaptive.steps);
    }
  });

  it('with no change drafts the tokens of a parent with a lookahead, so that few steps are left', async () => {
    const ahead = await json(
      ...['generate', 'mountains at dusk', '--seed', '11', '--decoder', 'raster', '--lookahead', '8'],
      ...['--tokens-only', '--trace', 'ahead.zipar'],
    );
    const branch = await json('branch', 'ahead.zipar', '--at', '20', '--tokens-only');
    expect(branch.tokens).toEqual(ahead.tokens);
    // All these drafts are right. Without them, the branch takes as many steps as its parent.
    expect(branch.steps).toBeLessThan(ahead.steps / 2);
  });

  it('keeps what was decided, takes the changed token, and its file names parent and change', async () => {
    const { stepOf } = (await shown('parent.png')) as { stepOf: readonly number[] };
    const cell = stepOf.indexOf(30);
    const token = ((parent.tokens[cell] ?? 0) + 1) % 512;
    const branch = await json(
      ...['branch', 'parent.png', '--at', '30', '--set', `${place(cell)}=${token}`, '--out', 'changed.png'],
    );
    for (const [each, step] of stepOf.entries())
      if (step <= 30) expect(branch.tokens[each]).toBe(each === cell ? token : parent.tokens[each]);
    expect(branch.tokens).not.toEqual(parent.tokens);
    expect(branch.branch).toEqual({ step: 30, set: [{ cell, token }], forbid: [] });
    expect(branch.parent?.seed).toBe(11);
    const file = await shown('changed.png');
    expect(file.branch).toMatchObject({ step: 30, parent: { file: 'parent.png', seed: 11 } });
    expect(file.parent).toEqual({ ...branch.parent, file: 'parent.png' });
    const diff = await zipar('diff', 'parent.png', 'changed.png', '--json');
    expect((JSON.parse(diff.stdout) as { first: { position: number } }).first.position).toBe(cell);
  });

  it('goes on with another seed and decoder, and never draws a forbidden token', async () => {
    const { stepOf } = (await shown('parent.png')) as { stepOf: readonly number[] };
    const cell = stepOf.indexOf(31);
    const forbidden = await json(
      ...['branch', 'parent.png', '--at', '30', '--forbid', `${place(cell)}=${parent.tokens[cell] ?? 0}`],
      '--tokens-only',
    );
    expect(forbidden.tokens[cell]).not.toBe(parent.tokens[cell]);
    const other = await json(
      ...['branch', 'parent.png', '--at', '30', '--seed', '12', '--decoder', 'raster', '--tokens-only'],
    );
    expect(other).toMatchObject({ decoder: 'raster', seed: 12 });
    for (const [each, step] of stepOf.entries())
      if (step <= 30) expect(other.tokens[each]).toBe(parent.tokens[each]);
    expect(other.steps).toBe(30 + stepOf.filter((step) => step > 30).length);
  });

  it('of a branch goes on with its own tokens', async () => {
    const first = await json(
      'branch',
      'parent.png',
      '--at',
      '20',
      '--seed',
      '5',
      '--tokens-only',
      '--trace',
      'a.zipar',
    );
    const second = await json('branch', 'a.zipar', '--at', '60');
    expect(second.tokens).toEqual(first.tokens);
  });

  it('draws the rows from a row on again', async () => {
    const again = await json('branch', 'parent.png', '--from-row', '9', '--seed', '3', '--tokens-only');
    expect(again.tokens.slice(0, 8 * WIDTH)).toEqual(parent.tokens.slice(0, 8 * WIDTH));
    expect(again.tokens.slice(8 * WIDTH)).not.toEqual(parent.tokens.slice(8 * WIDTH));
    expect(again.branch).toEqual({ fromRow: 8, set: [], forbid: [] });
  });
});

describe('a branch that cannot be', () => {
  it.each([
    [['parent.png'], /Give one of --at STEP and --from-row ROW/],
    [['parent.png', '--at', '1', '--from-row', '2'], /Give one of --at STEP and --from-row ROW/],
    [['parent.png', '--at', `${STEPS + 1}`], `Step ${STEPS + 1} is outside 0..${STEPS}`],
    [['parent.png', '--at', 'x'], /--at.*must be an integer/],
    [['parent.png', '--from-row', `${HEIGHT + 1}`], `Row ${HEIGHT + 1} is outside 2..${HEIGHT}`],
    [
      ['parent.png', '--at', '5', '--set', `${HEIGHT + 1},1=3`],
      `--set ${HEIGHT + 1},1=3 lies outside the grid of ${HEIGHT} rows`,
    ],
    [['parent.png', '--at', '5', '--set', '1=3'], /must be ROW,COLUMN=TOKEN/],
    [
      ['parent.png', '--at', '5', '--set', '1,1=99999'],
      /Token 99999 for row 1, column 1 is outside 0\.\.\d+/,
    ],
    [
      ['parent.png', '--at', '5', '--set', `${HEIGHT},${WIDTH}=3`],
      `row ${HEIGHT}, column ${WIDTH} is not decided yet at step 5`,
    ],
    [['parent.png', '--at', '5', '--forbid', '1,1=3'], /row 1, column 1 is decided in step 1/],
    [['nowhere.png', '--at', '5'], /nowhere\.png/],
    [['scd.zipar', '--at', '5'], /scd cannot go on from a step/],
    [['parent.png', '--at', '5', '--model', 'no-such-model'], /no-such-model/],
    [['parent.png', '--at', '40', '--decoder', 'raster', '--lookahead', '4'], /leave the lookahead out/],
  ])('is refused in one sentence: %j', async (args, sentence) => {
    const { code, stdout, stderr } = await zipar('branch', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
