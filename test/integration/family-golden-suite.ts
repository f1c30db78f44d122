import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeZipar } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { scoreTokens } from '../../sidecar/engine/score-tokens';
import type { Prompt } from '../../sidecar/model/family';
import { readTensorAsFloat32 } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import { promptFor } from '../checkpoints/prompt-for';
import { emu3Current, emu3Published, emu3VisionConverted, janusConverted } from '../families/namings';
import { readTensors, type Tensors } from '../families/tensors';
import { writeCheckpoint } from '../families/write-checkpoint';
import type { ExecutionOptions } from '../../sidecar/runtime/runtime';

const GOLDEN = path.join(__dirname, '../golden');

interface GoldenRun {
  readonly decoder: 'raster' | 'zipar';
  readonly window: number | null;
  readonly first_row: 'windowed' | 'sequential' | null;
  readonly stand_in?: 'nearest' | 'reference' | null;
  readonly cfg_scale: number;
  readonly tokens: readonly number[];
  readonly forwards: number;
  readonly forward_inputs: readonly (readonly number[])[];
}

interface Golden {
  readonly grid: readonly [number, number];
  readonly prompt: string;
  readonly negative_prompt?: string;
  readonly ids: { readonly first_visual?: number; readonly first_image?: number; readonly vocab: number };
  readonly cond_ids: readonly number[];
  readonly uncond_ids: readonly number[];
  readonly codes_of_first_run: readonly number[];
  readonly runs: readonly GoldenRun[];
}

/** A family's golden data, in one of its published namings. */
interface GoldenModel {
  readonly family: 'emu3' | 'janus' | 'lumina';
  readonly naming: string;
  /** Makes the model's folder in an empty folder, and returns it. */
  readonly make: (folder: string) => Promise<string>;
}

function data(family: string, ...place: string[]): string {
  return path.join(GOLDEN, family, ...place);
}

/** Writes Emu3 with its image tokenizer in one checkpoint, as the conversions do. */
async function emu3Converted(
  folder: string,
  language: (original: Tensors) => Tensors,
  vision: string,
): Promise<string> {
  const original = await readTensors(data('emu3', 'Emu3-Gen', 'model.safetensors.index.json'));
  const decoder = await readTensors(data('emu3', 'Emu3-VisionTokenizer', 'model.safetensors'));
  copyDescriptions(data('emu3', 'Emu3-Gen-hf'), folder);
  const tensors = new Map([...language(original), ...emu3VisionConverted(decoder, vision)]);
  writeCheckpoint(folder, tensors, { format: 'safetensors', shards: 2 });
  return folder;
}

export const GOLDEN_MODELS: readonly GoldenModel[] = [
  { family: 'emu3', naming: 'as published', make: () => Promise.resolve(data('emu3', 'Emu3-Gen')) },
  {
    family: 'emu3',
    naming: 'converted, as published',
    make: (folder) => emu3Converted(folder, emu3Published, 'vqmodel.'),
  },
  {
    family: 'emu3',
    naming: 'converted, in current names',
    make: (folder) => emu3Converted(folder, emu3Current, 'model.vqmodel.'),
  },
  { family: 'janus', naming: 'as published', make: () => Promise.resolve(data('janus', 'Janus-Pro')) },
  {
    family: 'janus',
    naming: 'as published, .bin in shards',
    make: async (folder) => {
      const tensors = await readTensors(data('janus', 'Janus-Pro', 'model.safetensors'));
      copyDescriptions(data('janus', 'Janus-Pro'), folder);
      writeCheckpoint(folder, tensors, { format: 'bin', shards: 3 });
      return folder;
    },
  },
  {
    family: 'janus',
    naming: 'converted',
    make: async (folder) => {
      const tensors = janusConverted(await readTensors(data('janus', 'Janus-Pro', 'model.safetensors')));
      copyDescriptions(data('janus', 'Janus-Pro-hf'), folder);
      writeCheckpoint(folder, tensors, { format: 'safetensors', shards: 2 });
      return folder;
    },
  },
  { family: 'lumina', naming: 'as published', make: () => Promise.resolve(data('lumina', 'Lumina-mGPT')) },
  {
    family: 'lumina',
    naming: 'with a norm for each head, image decoder inside',
    make: async (folder) => {
      const index = data('lumina', 'Lumina-mGPT', 'model.safetensors.index.json');
      const tensors = new Map(
        [...(await readTensors(index))].map(([name, tensor]) => {
          if (!/[qk]_norm/.test(name)) return [name, tensor] as const;
          const heads = 4;
          const repeated = Buffer.concat(Array.from({ length: heads }, () => tensor.data));
          return [name, { ...tensor, shape: [heads, tensor.shape[1] ?? 0], data: repeated }] as const;
        }),
      );
      copyDescriptions(data('lumina', 'Lumina-mGPT'), folder);
      writeCheckpoint(folder, tensors, { format: 'safetensors', shards: 1 });
      cpSync(data('lumina', 'chameleon'), path.join(folder, 'chameleon'), { recursive: true });
      return folder;
    },
  },
];

function copyDescriptions(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  cpSync(from, to, { recursive: true, filter: (file) => !/\.(?:safetensors|bin|index\.json)$/.test(file) });
}

/** Compares families on a provider with the results of the reference PyTorch code: see test/golden/README.md. */
export function describeGoldenFamilies(
  execution: ExecutionOptions,
  models: readonly GoldenModel[] = GOLDEN_MODELS,
  isWanted: (run: GoldenRun) => boolean = () => true,
): void {
  describe.each(models)('$family $naming', ({ family, make }) => {
    const golden = JSON.parse(readFileSync(data(family, 'golden.json'), 'utf8')) as Golden;
    const firstId = golden.ids.first_visual ?? golden.ids.first_image ?? 0;
    const temporary = mkdtempSync(path.join(tmpdir(), `zipar-golden-${family}-`));
    let model: LoadedModel;
    let prompt: Prompt;
    beforeAll(async () => {
      const wishes = { grid: golden.grid };
      const folder = await make(temporary);
      model = await LoadedModel.open(folder, execution, undefined, wishes);
      const parts = {
        suffix: '',
        ...(golden.negative_prompt !== undefined && { negative: golden.negative_prompt }),
      };
      prompt = await promptFor(folder, { kind: 'prompt', prompt: golden.prompt }, wishes, parts);
    });
    afterAll(async () => {
      await model.release();
      rmSync(temporary, { recursive: true });
    });

    it('turns the prompt into the reference ids', () => {
      expect(prompt.conditional).toMatchObject({ kind: 'ids', ids: golden.cond_ids });
      expect(prompt.unconditional).toMatchObject({ kind: 'ids', ids: golden.uncond_ids });
    });

    it.each(golden.runs.filter(isWanted).map((run) => [titleOf(run), run] as const))(
      'decodes token for token what the reference decodes: %s',
      async (_, run) => {
        const { tokens, fed } = await decode(model, prompt, run, golden);
        expect(tokens.map((code) => code + firstId)).toEqual(run.tokens);
        expect(fed).toEqual(run.forward_inputs);
        expect(fed).toHaveLength(run.forwards);
      },
    );

    it.each([
      ['logits', 1],
      ['logits_uncond', 0],
    ])('computes the reference %s of image tokens to 1e-3', async (name, guidance) => {
      const file = data(family, 'teacher_forced_logits.safetensors');
      const location = (await openSafetensors(file)).get(name);
      if (!location) throw new Error('The golden data hold no logits.');
      const expected = await readTensorAsFloat32(location);
      const [, width = 0] = location.shape;
      const tokens = Int32Array.from(golden.codes_of_first_run);
      let row = 0;
      let worst = 0;
      for await (const { logits } of scoreTokens(model, { prompt, guidance, tokens })) {
        for (const computed of logits) {
          for (const [code, logit] of computed.entries())
            worst = Math.max(worst, Math.abs(logit - (expected[row * width + firstId + code] ?? NaN)));
          row++;
        }
      }
      expect(row).toBe(tokens.length);
      expect(worst).toBeLessThan(1e-3);
    });

    it('draws the reference picture to 1e-3', async () => {
      const location = (await openSafetensors(data(family, 'decoded.safetensors'))).get('image');
      if (!location) throw new Error('The golden data hold no picture.');
      const expected = await readTensorAsFloat32(location);
      const { planes } = await model.decodePixels(Int32Array.from(golden.codes_of_first_run));
      expect(planes).toHaveLength(expected.length);
      expect(
        planes.reduce((max, pixel, i) => Math.max(max, Math.abs(pixel - (expected[i] ?? NaN))), 0),
      ).toBeLessThan(1e-3);
    });
  });
}

function titleOf({
  decoder,
  window,
  cfg_scale: scale,
  first_row: firstRow,
  stand_in: standIn,
}: GoldenRun): string {
  return [decoder, `window ${window ?? 'none'}`, `guidance ${scale}`, firstRow, standIn]
    .filter((part) => part !== null && part !== undefined)
    .join(', ');
}

/** The codes of a run, and the positions that each pass fed, in the conditional half's numbering. */
async function decode(
  model: LoadedModel,
  prompt: Prompt,
  run: GoldenRun,
  { grid: [height, width] }: Golden,
): Promise<{ tokens: readonly number[]; fed: readonly (readonly number[])[] }> {
  const forward = await model.forward(prompt, run.cfg_scale);
  const tokens = new Array<number>(height * width).fill(-1);
  const fed: number[][] = [];
  const begin = prompt.conditional.padded.length;
  const sampling = { seed: 0, temperature: 1, topK: 0, topP: 1, greedy: true };
  const options = {
    window: run.window ?? width,
    firstRow: run.first_row ?? 'windowed',
    rowStart: 'fixed',
    standIn: run.stand_in ?? 'nearest',
    ...sampling,
  } as const;
  for await (const { decisions, inputs, step } of decodeZipar(forward, options)) {
    for (const { position, token } of decisions) tokens[position] = token;
    const positions = inputs.map((input) => begin + input.position).sort((a, b) => a - b);
    fed.push(step === 1 ? Array.from({ length: begin }, (_, i) => i) : positions);
  }
  forward.release();
  return { tokens, fed };
}
