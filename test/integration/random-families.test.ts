/** Random checkpoints of each family: sizes, storage and namings vary, and a literal computation says what must come out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawGreedily, gelu, LiteralLlama, LiteralWeights } from '../families/literal-llama';
import { randomEmu3, randomJanus, randomLumina, type RandomModel } from '../families/random-models';
import { decodeZipar } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import type { Prompt } from '../../sidecar/model/family';
import { promptFor } from '../checkpoints/prompt-for';
import { runZipar } from './zipar-process';

const GUIDANCE = 2.5;
const TEXT = 'three boats on a lake';
/** Gaps between the two likeliest logits that 32-bit arithmetic cannot close. */
const LEAST_MARGIN = 2e-4;

interface Case {
  readonly family: string;
  readonly seed: number;
  readonly model: RandomModel;
  readonly literal: (prompt: Prompt) => { tokens: number[]; margin: number };
}

function promptIds({ conditional, unconditional }: Prompt): readonly (readonly number[])[] {
  return [conditional, unconditional].map((half) => (half.kind === 'ids' ? half.ids : []));
}

function janus(seed: number): Case {
  const model = randomJanus(seed);
  const weights = new LiteralWeights(model.tensors);
  const literal = (prompt: Prompt) =>
    drawGreedily(() => new LiteralLlama(weights, model.language), promptIds(prompt), {
      ...{ grid: model.grid, guidance: GUIDANCE, endOfLine: undefined },
      text: (id) => weights.matrix('language_model.model.embed_tokens.weight')[id] ?? [],
      code: (code) => {
        const first = weights.linear('gen_aligner.layers.0', weights.matrix('gen_embed.weight')[code] ?? []);
        return weights.linear('gen_aligner.layers.2', first.map(gelu));
      },
      logits: (hidden) =>
        weights.linear(
          'gen_head.vision_head',
          weights.linear('gen_head.output_mlp_projector', hidden).map(gelu),
        ),
    });
  return { family: 'Janus', seed, model, literal };
}

/** A model whose codes are tokens of the language model's vocabulary. */
function inVocabulary(
  family: string,
  seed: number,
  model: RandomModel & { readonly ids: Readonly<Record<string, number>> },
  names: { readonly first: string; readonly endOfLine: string },
): Case {
  const weights = new LiteralWeights(model.tensors);
  const embedding = (id: number) => weights.matrix('model.embed_tokens.weight')[id] ?? [];
  const first = model.ids[names.first] ?? NaN;
  const head = weights.has('lm_head.weight') ? 'lm_head' : 'model.embed_tokens';
  const literal = (prompt: Prompt) =>
    drawGreedily(() => new LiteralLlama(weights, model.language), promptIds(prompt), {
      ...{ grid: model.grid, guidance: GUIDANCE, text: embedding },
      code: (code) => embedding(first + code),
      endOfLine: embedding(model.ids[names.endOfLine] ?? NaN),
      logits: (hidden) => weights.linear(head, hidden).slice(first, first + model.codes),
    });
  return { family, seed, model, literal };
}

const LUMINA = { first: 'IMGIMGAZ', endOfLine: '<reserved08799>' };
const EMU3 = { first: '<|visual token 000000|>', endOfLine: '<|extra_200|>' };
const SEEDS = [1, 2, 3, 4, 5];

describe.each([
  ...SEEDS.map(janus),
  ...SEEDS.map((seed) => inVocabulary('Lumina', seed, randomLumina(seed), LUMINA)),
  ...SEEDS.map((seed) => inVocabulary('Emu3', seed, randomEmu3(seed), EMU3)),
])('a random $family, seed $seed', ({ model, literal }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'zipar-random-'));
  let folders: Readonly<Record<string, string>> = {};
  const outcomes = new Map<string, { raster: number[]; zipar: number[]; picture: Float32Array }>();
  const [height, width] = model.grid;
  const wishes = { grid: model.grid };
  let expected: { tokens: number[]; margin: number };

  beforeAll(async () => {
    folders = model.write(folder);
    for (const [naming, place] of Object.entries(folders)) {
      const loaded = await LoadedModel.open(place, { provider: 'cpu', threads: 1 }, undefined, wishes);
      const prompt = await promptFor(place, { kind: 'prompt', prompt: TEXT }, wishes);
      expected = literal(prompt);
      const raster = await draw(loaded, prompt, width, width * height);
      const zipar = await draw(loaded, prompt, 2, width * height);
      const { planes } = await loaded.decodePixels(Int32Array.from(raster));
      outcomes.set(naming, { raster, zipar, picture: planes });
      await loaded.release();
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('draws in every naming what the literal computation draws', () => {
    expect(expected.margin).toBeGreaterThan(LEAST_MARGIN);
    expect(outcomes.size).toBeGreaterThan(2);
    for (const [naming, { raster }] of outcomes) expect([naming, raster]).toEqual([naming, expected.tokens]);
  });

  it('draws the same with ZipAR, and the same picture, in every naming', () => {
    const [first, ...others] = outcomes.values();
    expect(first?.picture).toHaveLength(3 * height * width * model.patch ** 2);
    for (const other of others) {
      expect(other.zipar).toEqual(first?.zipar);
      expect(other.picture).toEqual(first?.picture);
    }
  });

  it('draws the same on the command line', async () => {
    const [place = ''] = Object.values(folders).slice(-1);
    const { stdout, stderr, code } = await runZipar(folder, [
      ...['generate', TEXT, '--model', place, '--grid', `${height}x${width}`, '--cfg', String(GUIDANCE)],
      ...['--greedy', '--tokens-only', '--json', '--decoder', 'raster', '--provider', 'cpu'],
    ]);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect((JSON.parse(stdout) as { tokens: number[] }).tokens).toEqual(expected.tokens);
  });
});

async function draw(model: LoadedModel, prompt: Prompt, window: number, cells: number): Promise<number[]> {
  const tokens = new Array<number>(cells).fill(-1);
  const sampling = { seed: 0, temperature: 1, topK: 0, topP: 1, greedy: true };
  const options = {
    window,
    firstRow: 'windowed',
    rowStart: 'fixed',
    standIn: 'nearest',
    ...sampling,
  } as const;
  for await (const { decisions } of decodeZipar(await model.forward(prompt, GUIDANCE), options))
    for (const { position, token } of decisions) tokens[position] = token;
  return tokens;
}
