import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Run } from '../../../sidecar/engine/run';
import { expectedAfterSteps, keepStepCosts } from '../../../sidecar/engine/run-costs';
import { addStepTimes, expectedDecodeMs, stepCostsKey } from '../../../sidecar/engine/step-costs';
import { temporaryFolder } from '../extension/temporary-folder';
import { planOf, stepOf } from './engine-of-fakes';

const folder = temporaryFolder();
const file = (): string => path.join(folder(), 'step-costs.json');
beforeEach(() => {
  vi.stubEnv('ZIPAR_CACHE', folder());
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const grid = { height: 4, width: 10 };
const steps = { least: 10, most: 10 };

function expected(costsKey: string, decided = 0): Promise<number | undefined> {
  const tokens = new Int32Array(40).fill(-1).fill(7, 0, decided);
  const past = { tokens } as Parameters<typeof expectedDecodeMs>[0]['past'];
  return expectedDecodeMs({ steps, grid, costsKey, past: decided === 0 ? undefined : past });
}

/** A run whose first step is slow, and whose others are fed so many tokens and take a hundred times as many ms. */
function runOf(fed: readonly number[]): Run {
  const run = new Run(
    1,
    planOf('cpu', { costsKey: 'key', rasterSteps: 40, grid, steps: { least: 10, most: 10 } }),
  );
  run.beginDecoding([]);
  for (const [i, count] of fed.entries()) {
    const inputs = Array.from({ length: count }, (_, position) => ({ position, token: 1 }));
    run.record({ ...stepOf(i + 1), inputs, ms: i === 0 ? 9000 : 100 * count });
  }
  return run;
}

describe('the expected time of a run', () => {
  it('is not known where nothing was measured', async () => {
    expect(await expected('key')).toBeUndefined();
  });

  it('rests on the times of earlier steps with so many tokens', async () => {
    await addStepTimes('key', { 1: 100, 7: 400 });
    await addStepTimes('other', { 4: 1 });
    // 40 cells in 10 steps are 4 tokens a step, which lie half-way between 1 and 7.
    expect(await expected('key')).toBe(10 * 250);
    expect(await expected('other')).toBe(10);
  });

  it('is that of what is left, for a run that goes on', async () => {
    await addStepTimes('key', { 4: 250 });
    expect(await expected('key', 30)).toBe(2500 / 4);
  });

  it('is measured again where the file is damaged', async () => {
    for (const damaged of ['', '[]', '{"key": 3}', '{"key": {"4": -1}}', 'no JSON']) {
      writeFileSync(file(), damaged);
      expect(await expected('key')).toBeUndefined();
      await addStepTimes('key', { 4: 250 });
      expect(await expected('key')).toBe(2500);
    }
  });

  it('belongs to weights, precision, guidance and place', () => {
    const key = (provider: string, isGuided: boolean, weights = 'abc'): string =>
      stepCostsKey({ weights, execution: { provider, threads: 2, precision: 'int4' }, isGuided });
    const keys = [key('cpu', true), key('cpu', false), key('webgpu', true), key('cpu', true, 'other')];
    expect(new Set(keys).size).toBe(4);
  });
});

describe('the steps of a run', () => {
  it('are kept for later runs, without the first, by their number of tokens', async () => {
    await keepStepCosts(runOf([0, 1, 1, 2, 2, 3, 3, 3, 3]));
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ key: { 1: 100, 2: 200, 3: 300 } });
  });

  it('are too few to keep in a short run', async () => {
    await keepStepCosts(runOf([0, 1, 1]));
    expect(existsSync(file())).toBe(false);
  });

  it('change nothing where nothing can be kept', async () => {
    mkdirSync(file());
    await expect(keepStepCosts(runOf([0, 1, 1, 2, 2, 3, 3, 3, 3]))).resolves.toBeUndefined();
  });

  it('tell how long the rest takes', () => {
    expect(expectedAfterSteps(runOf([0]))).toBeUndefined();
    // Steps with 1 and 3 tokens were measured: one with 4 takes 400 ms. Three of the 40 cells are decided.
    expect(expectedAfterSteps(runOf([0, 1, 3]))).toBeCloseTo(10 * 400 * (37 / 40), 6);
  });
});
