import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeLookahead } from '../../sidecar/decoding/lookahead/decode-lookahead';
import { decodeZipar } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { scoreTokens } from '../../sidecar/engine/score-tokens';
import type { Prompt } from '../../sidecar/model/family';
import { readTensorAsFloat32 } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import type { Condition } from '../../sidecar/protocol';
import { promptFor } from '../checkpoints/prompt-for';
import type { ExecutionOptions } from '../../sidecar/runtime/runtime';

const GOLDEN = path.join(__dirname, '../golden');

interface GoldenRun {
  readonly decoder: 'raster' | 'zipar';
  readonly window: number | null;
  readonly cfg_scale: number;
  readonly tokens: readonly number[];
  readonly forwards: number;
  readonly forward_inputs: readonly (readonly number[])[];
}

function goldenRuns(folder: string): GoldenRun[] {
  const golden = JSON.parse(readFileSync(path.join(GOLDEN, folder, 'golden.json'), 'utf8')) as {
    runs: GoldenRun[];
  };
  return golden.runs;
}

const CONDITIONS: Record<string, Condition> = {
  'llamagen-c2i': { kind: 'class', label: 3 },
  'llamagen-t2i': { kind: 'caption', file: path.join(GOLDEN, 'llamagen-t2i/caption.safetensors') },
};

/**
 * Compares the model graphs on a provider with the results of the reference PyTorch code: see test/golden/README.md.
 * @param windows the windows whose runs are decoded, null for raster order; all of them by default
 */
export function describeGolden(execution: ExecutionOptions, windows?: readonly (number | null)[]): void {
  for (const [folder, condition] of Object.entries(CONDITIONS)) {
    describe(folder, () => {
      let model: LoadedModel;
      let prompt: Prompt;
      beforeAll(async () => {
        model = await LoadedModel.open(path.join(GOLDEN, folder), execution);
        prompt = await promptFor(path.join(GOLDEN, folder), condition);
      });

      const runs = goldenRuns(folder).filter(({ window }) => windows?.includes(window) ?? true);
      it.each(
        runs.map(
          (run) =>
            [`${run.decoder}, window ${run.window ?? 'none'}, guidance ${run.cfg_scale}`, run] as const,
        ),
      )('decodes token for token what the reference decodes: %s', async (_, run) => {
        const forward = await model.forward(prompt, run.cfg_scale);
        const tokens = new Array<number>(run.tokens.length).fill(-1);
        const fed: number[][] = [];
        const prefix = forward.promptLength;
        const options = {
          window: run.window ?? 8,
          firstRow: 'sequential',
          rowStart: 'fixed',
          standIn: 'reference',
          seed: 0,
          temperature: 1,
          topK: 0,
          topP: 1,
          greedy: true,
        } as const;
        for await (const { decisions, inputs, step } of decodeZipar(forward, options)) {
          for (const { position, token } of decisions) tokens[position] = token;
          fed.push(
            step === 1
              ? Array.from({ length: prefix }, (_, i) => i)
              : inputs.map((input) => prefix + input.position).sort((a, b) => a - b),
          );
        }
        expect(tokens).toEqual(run.tokens);
        expect(fed).toHaveLength(run.forwards);
        expect(fed).toEqual(run.forward_inputs.map((positions) => [...positions].sort((a, b) => a - b)));
      });

      it('decodes the same tokens with a lookahead, in no more steps', async () => {
        for (const run of runs) {
          const forward = await model.forward(prompt, run.cfg_scale);
          const tokens = new Array<number>(run.tokens.length).fill(-1);
          const options = {
            window: run.window ?? 8,
            firstRow: 'sequential',
            standIn: 'reference',
            ...{ seed: 0, temperature: 1, topK: 0, topP: 1, greedy: true },
            reach: { cellsARow: 4, cells: 32 },
          } as const;
          let steps = 0;
          for await (const { decisions, step } of decodeLookahead(forward, options)) {
            steps = step;
            for (const { position, token } of decisions) tokens[position] = token;
          }
          expect(tokens).toEqual(run.tokens);
          expect(steps).toBeLessThanOrEqual(run.forwards);
        }
      });

      it('computes the reference logits to 1e-4 along the first raster run', async () => {
        const [run] = goldenRuns(folder);
        const tensors = await openSafetensors(path.join(GOLDEN, folder, 'teacher_forced_logits.safetensors'));
        const location = tensors.get('logits');
        if (!run || !location) throw new Error('golden data is incomplete');
        const expected = await readTensorAsFloat32(location);
        const logits: number[] = [];
        for await (const pass of scoreTokens(model, {
          prompt,
          guidance: 1,
          tokens: Int32Array.from(run.tokens),
        })) {
          logits.push(...pass.logits.flatMap((row) => Array.from(row)));
        }
        const errors = logits.map((logit, i) => Math.abs(logit - (expected[i] ?? NaN)));
        expect(errors).toHaveLength(expected.length);
        expect(Math.max(...errors)).toBeLessThan(1e-4);
      });
    });
  }

  describe('llamagen-vq16', () => {
    it('decodes the reference picture to 1e-3', async () => {
      const golden = JSON.parse(readFileSync(path.join(GOLDEN, 'llamagen-vq16/golden.json'), 'utf8')) as {
        tokens: number[];
      };
      const location = (await openSafetensors(path.join(GOLDEN, 'llamagen-vq16/decoded.safetensors'))).get(
        'image',
      );
      if (!location) throw new Error('decoded.safetensors is incomplete');
      const expected = await readTensorAsFloat32(location);
      const model = await LoadedModel.open(path.join(GOLDEN, 'llamagen-vq16'), execution);
      const { planes: pixels } = await model.decodePixels(Int32Array.from(golden.tokens));
      expect(pixels).toHaveLength(expected.length);
      expect(
        Math.max(...Array.from(pixels, (pixel, i) => Math.abs(pixel - (expected[i] ?? NaN)))),
      ).toBeLessThan(1e-3);
    });
  });
}
