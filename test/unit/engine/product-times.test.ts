import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureProducts } from '../../../sidecar/engine/measure-products';
import { productTimerInProcess } from '../../../sidecar/engine/product-times';

const SIZE = { inner: 64, out: 128, threads: 1 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-products-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A program that sends the given message, and the number of times it was started. */
function programThatSays(message: string): { script: string; starts: () => number } {
  const [script, log] = [path.join(folder, 'program.cjs'), path.join(folder, 'log')];
  writeFileSync(log, '');
  writeFileSync(
    script,
    `require('node:fs').appendFileSync(${JSON.stringify(log)}, 'x'); process.send(${message}, () => process.exit(0));`,
  );
  return { script, starts: () => readFileSync(log, 'utf8').length };
}

describe('the times of products with packed weights', () => {
  it('are measured once on a machine, for each size of matrix', async () => {
    const { script, starts } = programThatSays('{ int8: 3, int4: 2 }');
    for (let i = 0; i < 2; i++)
      expect(await productTimerInProcess(script, folder)(SIZE)).toEqual({ int8: 3, int4: 2 });
    expect(starts()).toBe(1);
    await productTimerInProcess(script, folder)({ ...SIZE, out: 256 });
    await productTimerInProcess(script, folder)(SIZE);
    expect(starts()).toBe(2);
  });

  it.each(['', '[]', '{"a": 1}', 'not JSON'])(
    'are measured again where what was kept is %j',
    async (kept) => {
      const { script } = programThatSays('{ int8: 3, int4: 2 }');
      writeFileSync(path.join(folder, 'product-times.json'), kept);
      expect(await productTimerInProcess(script, folder)(SIZE)).toEqual({ int8: 3, int4: 2 });
    },
  );

  it.each(['{ int8: 0, int4: 2 }', '{ int8: NaN, int4: 2 }', '"slow"', 'null'])(
    'are not known where the process says %s, and nothing is kept',
    async (message) => {
      const { script, starts } = programThatSays(message);
      for (let i = 0; i < 2; i++) expect(await productTimerInProcess(script, folder)(SIZE)).toBeUndefined();
      expect(starts()).toBe(2);
    },
  );

  it('are unknown if the program is missing', async () => {
    expect(await productTimerInProcess(path.join(folder, 'missing.cjs'), folder)(SIZE)).toBeUndefined();
  });

  it('come from real products', async () => {
    const { int8, int4 } = await measureProducts(SIZE);
    for (const ms of [int8, int4]) {
      expect(ms).toBeGreaterThan(0);
      expect(ms).toBeLessThan(Infinity);
    }
  });
});
