/** Runs that were stopped go on in VS Code, with the tokens that they would have had. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTraceFile } from '../../sidecar/trace-file/trace-file';
import { runZipar } from '../integration/zipar-process';
import { generate } from './generation';
import { largeGridModel } from './large-grid-model';
import { openRuns, pressInRow, row, rowsOf } from './runs';
import { until } from './until';
import { windowForTests } from './window-for-tests';

const SIDE = 64;
const WINDOW = 32;
const STEPS = SIDE + (SIDE - 1) * WINDOW;
const SEED = 7;

describe('a run that was stopped', () => {
  const model = largeGridModel(SIDE);
  const scratch = mkdtempSync(join(tmpdir(), 'zipar-continue-'));
  let expected: readonly number[];
  beforeAll(async () => {
    const run = ['generate', 'sea by night', '--model', model, '--window', String(WINDOW)];
    const { stdout } = await runZipar(scratch, [...run, '--seed', String(SEED), '--tokens-only', '--json']);
    expected = (JSON.parse(stdout) as { tokens: number[] }).tokens;
  });
  afterAll(() => {
    rmSync(model, { recursive: true, force: true });
    rmSync(scratch, { recursive: true, force: true });
  });
  const window = windowForTests('newest', {
    settings: { 'ziparStudio.model': model, 'ziparStudio.window': WINDOW, 'ziparStudio.seed': SEED },
    environment: { ZIPAR_SAVE_EVERY: '0.3' },
    size: { width: 1400, height: 860 },
  });

  /** Waits until some steps of a run are done, and others are not. The page may still show the run before. */
  async function someSteps(): Promise<void> {
    const frame = await window().webviewFrame('.token-grid');
    const done = async () => Number(await frame.locator('.token-grid').getAttribute('data-steps-done'));
    await until(
      'some steps',
      async () => {
        const steps = await done();
        return steps > 100 && steps < STEPS;
      },
      async () => `${await done()} done`,
    );
  }

  /** The tokens of the newest picture in the workspace, once it is there. */
  async function pictureTokens(): Promise<readonly number[]> {
    const folder = join(window().workspace, 'zipar-images');
    const pictures = () =>
      existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.png')) : [];
    await until('the picture', () => Promise.resolve(pictures().length === 1));
    const [name = ''] = pictures();
    const record = await readTraceFile(readFileSync(join(folder, name)));
    expect(record?.snapshot.step).toBe(STEPS);
    rmSync(join(folder, name));
    return [...(record?.snapshot.tokens ?? [])];
  }

  it('by a reload of the window goes on from where it saved itself', async () => {
    await generate(window(), 'sea by night');
    await someSteps();
    await window().reload();
    await window().runCommand('ZipAR: Show Log');
    const told = await window().notification(/“sea by night” was being generated/);
    expect(told.buttons).toEqual(['Continue', 'Generate Again']);
    await told.press('Continue');
    expect(await pictureTokens()).toEqual(expected);
  });

  it('by a cancel goes on from the list of runs, and leaves the list', async () => {
    await generate(window(), 'sea by night');
    await someSteps();
    await window().runCommand('ZipAR: Cancel Generation');
    await openRuns(window());
    await (await row(window(), /sea by night/)).hover();
    await window().screenshot('continue-list');
    await pressInRow(window(), /sea by night/, 'Continue');
    await row(window(), /sea by night.*being made/s);
    await window().screenshot('continue-progress');
    expect(await pictureTokens()).toEqual(expected);
    await until(
      'the stopped run to leave the list',
      async () => (await rowsOf(window()).filter({ hasText: 'sea by night' }).count()) <= 1,
    );
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
