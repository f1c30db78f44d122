/** The models on which providers are tried, run on the CPU as the reference for any other provider. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProofModel } from '../../../sidecar/engine/proof-model';
import { PROOF_MODELS } from '../../../sidecar/engine/proof-models';
import { FAMILIES } from '../../../sidecar/model/families';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-proof-models-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('come from more than one family, with both pairings of rotary positions', () => {
  const named = FAMILIES.flatMap((family) => family.proofModel?.('small')?.name ?? []);
  expect(PROOF_MODELS.small.map(({ name }) => name)).toEqual(named);
  expect(named).toEqual(['llamagen-small', 'emu3-small']);
});

describe.each(PROOF_MODELS.small.map((model) => [model.name, model] as const))('%s', (_, described) => {
  it('computes numbers that say something: finite, spread, the same each time', async () => {
    const model = await ProofModel.write(folder, described);
    const open = await model.open({ provider: 'cpu', threads: 1 });
    for (const output of ['answers', 'pixels'] as const) {
      const values = await open[output]();
      expect(values.every(Number.isFinite)).toBe(true);
      const mean = values.reduce((sum, value) => sum + value / values.length, 0);
      const spread = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0);
      expect(spread).toBeGreaterThan(1e-4);
      expect(await open[output]()).toEqual(values);
    }
  });
});
