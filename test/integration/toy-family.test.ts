/** A family that lies in one file outside the program, run from its weights to its picture. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniformAt } from '../../sidecar/decoding/noise';
import { decodeZipar, type ZiparOptions } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { encodeCondition } from '../../sidecar/engine/run-plan';
import { scoreTokens } from '../../sidecar/engine/score-tokens';
import { checkWeights } from '../../sidecar/model/check-weights';
import type { Prompt } from '../../sidecar/model/family';
import { readModelFolder, type ModelFolder } from '../../sidecar/model/model-folder';
import { float32Layer } from '../../sidecar/model/precision/linear-layer';
import { openTransformer } from '../../sidecar/model/transformer/open-transformer';
import { PictureForward } from '../../sidecar/model/transformer/picture-forward';
import { openDescription } from '../../sidecar/model/transformer/transformer-weights';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { LiteralToy } from '../fixtures/literal-toy';
import { TOY, TOY_FAMILY, TOY_SHAPE } from '../fixtures/toy-family';

const CPU = { provider: 'cpu', threads: 1 } as const;
const PROMPT = 'lake at dusk';
const SCALE = 1.5;
const { layers, dim, heads, kvHeads, headDim } = TOY_SHAPE;

/** Random weights that make the logits differ clearly. */
function randomWeights(): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const shapes: [string, ...number[]][] = [
    ['embedding.weight', TOY.vocab, dim],
    ['norm.weight', dim],
    ['head.weight', TOY.vocab, dim],
    ['colours.weight', TOY.codes, 3],
  ];
  for (let layer = 0; layer < layers; layer++)
    shapes.push(
      [`layers.${layer}.norm.weight`, dim],
      [`layers.${layer}.query.weight`, heads * headDim, dim],
      [`layers.${layer}.key.weight`, kvHeads * headDim, dim],
      [`layers.${layer}.value.weight`, kvHeads * headDim, dim],
      [`layers.${layer}.out.weight`, dim, heads * headDim],
    );
  return new Map(
    shapes.map(([name, ...shape], tensor) => {
      const length = shape.reduce((a, b) => a * b, 1);
      return [
        name,
        { shape, data: Float32Array.from({ length }, (_, i) => 2 * uniformAt(tensor, i, 0) - 1) },
      ];
    }),
  );
}

let folder: string;
let model: ModelFolder;
let prompt: Prompt;
const weights = randomWeights();
const literal = new LiteralToy(weights);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-toy-'));
  const tensors = [...weights].map(([name, { shape, data }]) => ({ name, shape, data: [data] }));
  await writeSafetensors(path.join(folder, 'toy.safetensors'), tensors);
  model = await readModelFolder(folder, {}, [TOY_FAMILY]);
  const { input } = await encodeCondition({ condition: { kind: 'prompt', prompt: PROMPT } }, model);
  if (input.kind !== 'prompt') throw new Error('A toy needs no text encoder.');
  prompt = input;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function idsOf(half: Prompt['conditional']): readonly number[] {
  return half.kind === 'ids' ? half.ids : [];
}

/** The ids of a picture's beginning, each row but an unfinished one with its terminator. */
function pictureIds(tokens: readonly number[], width: number): number[] {
  return tokens.flatMap((token, cell) => [
    TOY.picture + token,
    ...((cell + 1) % width === 0 ? [TOY.rowEnd] : []),
  ]);
}

function guided(tokens: readonly number[], scale: number): number[] {
  const after = (half: Prompt['conditional']): number[] =>
    literal.logitsAfter([...idsOf(half), ...pictureIds(tokens, 4)]);
  const [conditional, unconditional] = [after(prompt.conditional), after(prompt.unconditional)];
  return conditional.map((value, i) => {
    const without = unconditional[i] ?? NaN;
    return without + scale * (value - without);
  });
}

/** Greedy decoding in raster order, with both halves written out. */
function literalPicture(): number[] {
  const tokens: number[] = [];
  while (tokens.length < 16) {
    const logits = guided(tokens, SCALE);
    tokens.push(logits.indexOf(Math.max(...logits)));
  }
  return tokens;
}

const OPTIONS: ZiparOptions = {
  ...{ window: 4, firstRow: 'windowed', rowStart: 'fixed', standIn: 'nearest', seed: 0 },
  ...{ temperature: 1, topK: 0, topP: 1, greedy: true },
};

async function decoded(
  residence: 'host' | 'device',
  window: number,
): Promise<{ tokens: number[]; fed: number[][] }> {
  const loaded = new LoadedModel(model, CPU, residence);
  const tokens: number[] = [];
  const fed: number[][] = [];
  for await (const step of decodeZipar(await loaded.forward(prompt, SCALE), { ...OPTIONS, window })) {
    for (const { position, token } of step.decisions) tokens[position] = token;
    fed.push(step.inputs.map(({ position }) => position).sort((a, b) => a - b));
  }
  await loaded.release();
  return { tokens, fed };
}

describe('a family outside the program', () => {
  it('is recognised by its weights, which are checked before a run', async () => {
    expect(model).toMatchObject({ grid: [4, 4], condition: { kind: 'text' } });
    expect(model.transformer?.layout.length).toBe(20);
    await expect(checkWeights(model, true)).resolves.toBeUndefined();
  });

  it('has halves of different lengths', () => {
    expect(prompt.conditional.padded).toHaveLength(PROMPT.length + 1);
    expect(prompt.unconditional.padded).toHaveLength(1);
  });

  it.each(['host', 'device'] as const)('is decoded in raster order as written out: %s', async (residence) => {
    const { tokens, fed } = await decoded(residence, 4);
    expect(tokens).toEqual(literalPicture());
    // A row's first token follows the row's terminator, which is fed together with the last token of the row.
    expect(fed.slice(3, 6)).toEqual([[2], [3, 4], [5]]);
  });

  it('is decoded by ZipAR alike with keys and values on the host and on a device', async () => {
    const [host, device] = [await decoded('host', 1), await decoded('device', 1)];
    expect(host.fed).toHaveLength(4 + 3);
    expect(device).toEqual(host);
    // Terminators are fed early, at their own positions.
    expect(host.fed[1]).toEqual([0, 4]);
  });

  it('is decoded alike when the table of its vocabulary is too large for the device', async () => {
    if (!model.transformer) throw new Error('A toy has a transformer.');
    const { description, source } = await openDescription(folder, model.transformer);
    const parts = { description, weights: { source, linearLayer: float32Layer }, promptWeights: source };
    const transformer = await openTransformer(parts, CPU, 'device', 0);
    expect(transformer.hostTables.map(({ location }) => location.shape)).toEqual([[TOY.vocab, dim]]);
    const tokens: number[] = [];
    const forward = new PictureForward(transformer, prompt, SCALE);
    for await (const { decisions } of decodeZipar(forward, OPTIONS))
      for (const { position, token } of decisions) tokens[position] = token;
    expect(tokens).toEqual(literalPicture());
  });

  it.each([1, 0, SCALE])('is scored as written out, with guidance %d', async (guidance) => {
    const tokens = literalPicture();
    const loaded = new LoadedModel(model, CPU);
    const errors: number[] = [];
    const request = { prompt, guidance, tokens: Int32Array.from(tokens) };
    for await (const { logits } of scoreTokens(loaded, request)) {
      for (const row of logits) {
        const expected = guided(tokens.slice(0, errors.length / TOY.codes), guidance);
        errors.push(...expected.map((value, i) => Math.abs(value - (row[i] ?? NaN))));
      }
    }
    expect(errors).toHaveLength(16 * TOY.codes);
    expect(Math.max(...errors)).toBeLessThan(1e-4);
    await loaded.release();
  });

  it('draws its picture with its own image decoder', async () => {
    const loaded = new LoadedModel(model, CPU);
    const { rgb, width, height } = await loaded.decodeImage(Int32Array.from({ length: 16 }, (_, i) => i));
    expect([width, height]).toEqual([4, 4]);
    const red = weights.get('colours.weight')?.data[3 * 5] ?? NaN;
    expect(rgb[3 * 5]).toBe(Math.round(Math.min(1, Math.max(0, red)) * 255));
    await loaded.release();
  });

  it('is named by a manifest', async () => {
    const manifest = { format: 'zipar-model', version: 1, family: 'toy', name: 'mine', grid: [2, 4] };
    writeFileSync(path.join(folder, 'zipar-model.json'), JSON.stringify(manifest));
    expect(await readModelFolder(folder, {}, [TOY_FAMILY])).toMatchObject({
      name: 'mine',
      grid: [2, 4],
    });
    rmSync(path.join(folder, 'zipar-model.json'));
  });
});
