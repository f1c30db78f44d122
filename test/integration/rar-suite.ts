import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { scoreTokens } from '../../sidecar/engine/score-tokens';
import type { Residence } from '../../sidecar/model/cache/residence';
import type { ExecutionOptions } from '../../sidecar/runtime/runtime';
import { promptFor } from '../checkpoints/prompt-for';
import { LiteralWeights } from '../families/literal-llama';
import { drawMaskgit } from '../families/literal-maskgit';
import { literalGuidance, LiteralRar } from '../families/literal-rar';
import { maskgitTensors, rarTensors, type RarSizes } from '../families/rar-checkpoint';
import { torchCheckpoint } from '../families/write-checkpoint';

export const SIZES: RarSizes = {
  ...{ layers: 3, heads: 4, headDim: 6, hidden: 40, codes: 37, classes: 5, cells: 20 },
};
export const RAR_GRID = [4, 5] as const;
/** Channels of the image decoder's levels, from the token grid up. */
export const WIDTHS = [64, 32, 32];
export const LABEL = 3;
export const RAR_TENSORS = rarTensors(7, SIZES);
export const IMAGE_DECODER_TENSORS = maskgitTensors(8, SIZES.codes, 12, WIDTHS);

const POWER = 1.5;
const CELLS = RAR_GRID[0] * RAR_GRID[1];

/**
 * Compares a random RAR on a provider with the literal computation, number by number.
 * @param residences where keys and values are kept
 */
export function describeRar(execution: ExecutionOptions, residences: readonly Residence[]): void {
  describe.each(residences)('RAR with keys and values on the %s', (residence) => {
    const tokens = Int32Array.from({ length: CELLS }, (_, i) => (i * 11 + 5) % SIZES.codes);
    let folder: string;
    let loaded: LoadedModel;
    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'zipar-rar-'));
      writeFileSync(path.join(folder, 'rar_b.bin'), torchCheckpoint(RAR_TENSORS));
      writeFileSync(path.join(folder, 'maskgit.bin'), torchCheckpoint(IMAGE_DECODER_TENSORS));
      const manifest = { format: 'zipar-model', version: 1, family: 'rar', guidancePower: POWER };
      writeFileSync(path.join(folder, 'zipar-model.json'), JSON.stringify({ ...manifest, grid: RAR_GRID }));
      loaded = await LoadedModel.open(folder, execution, residence);
    });
    afterAll(async () => {
      await loaded.release();
      rmSync(folder, { recursive: true });
    });

    it.each([
      ['the class', 1],
      ['the null class', 0],
      ['both, with guidance that grows', 4],
    ])('has the logits of the literal computation to 1e-3: %s', async (_, guidance) => {
      const prompt = await promptFor(folder, { kind: 'class', label: LABEL });
      const weights = new LiteralWeights(RAR_TENSORS);
      const literal = [LABEL, SIZES.classes].map((label) => {
        const half = new LiteralRar(weights, SIZES, label);
        const fed = Array.from(tokens.slice(0, -1), (code, cell) => ({ cell, code }));
        return [half.begin(), ...half.tokens(fed)];
      });
      let cell = 0;
      let worst = 0;
      for await (const { logits } of scoreTokens(loaded, { prompt, guidance, tokens })) {
        for (const row of logits) {
          const scale = guidance > 1 ? literalGuidance(guidance, cell, CELLS, POWER) : guidance;
          const [conditional = [], without = []] = literal.map((rows) => rows[cell] ?? []);
          for (const [i, value] of row.entries()) {
            const u = without[i] ?? NaN;
            worst = Math.max(worst, Math.abs(value - (u + scale * ((conditional[i] ?? NaN) - u))));
          }
          cell++;
        }
      }
      expect(cell).toBe(CELLS);
      expect(worst).toBeLessThan(1e-3);
    });

    it('draws the picture of the literal image decoder to 1e-3', async () => {
      const { planes } = await loaded.decodePixels(tokens);
      const expected = drawMaskgit(IMAGE_DECODER_TENSORS, Array.from(tokens), RAR_GRID, WIDTHS.length);
      expect(planes).toHaveLength(expected.length);
      const errors = expected.map((value, i) => Math.abs(value - (planes[i] ?? NaN)));
      expect(Math.max(...errors)).toBeLessThan(1e-3);
    });
  });
}
