/** Tests on the CPU provider what a device is given: keys and values in the order of decoding, and tokens drawn in a graph. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeZipar, type ZiparOptions } from '../../sidecar/decoding/zipar/decode-zipar';
import { configureDecoder } from '../../sidecar/decoding/decoder-table';
import type { Forward } from '../../sidecar/decoding/forward';
import type { TokenInput } from '../../sidecar/decoding/token-input';
import { uniformAt } from '../../sidecar/decoding/noise';
import { Trace } from '../../sidecar/decoding/trace';
import { RASTER } from '../../sidecar/decoding/zipar/decoders';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { scoreTokens } from '../../sidecar/engine/score-tokens';
import { wordsHalf } from '../../sidecar/model/families/llamagen/prompt';
import type { Prompt } from '../../sidecar/model/family';
import { GraphSampler } from '../../sidecar/model/sampler/graph-sampler';
import { PictureForward } from '../../sidecar/model/transformer/picture-forward';
import { promptFor } from '../checkpoints/prompt-for';
import { LOOKAHEAD } from '../fixtures/lookahead-decoder';
import { SMALL_MODEL } from '../fixtures/small-model';

const CPU = { provider: 'cpu', threads: 1 } as const;
const OPTIONS: ZiparOptions = {
  window: 3,
  firstRow: 'windowed',
  rowStart: 'fixed',
  standIn: 'nearest',
  seed: 1,
  temperature: 1,
  topK: 30,
  topP: 1,
  greedy: false,
};
const CHOICES: readonly Partial<ZiparOptions>[] = [
  {},
  { window: 1, seed: 2, topK: 0 },
  { window: 8, seed: 3, topK: 0, topP: 0.9 },
  { seed: 4, temperature: 0.7 },
  { seed: 5, rowStart: 'adaptive' },
  { greedy: true },
];

const ROOT = path.join(__dirname, '../..');
/** A prompt of words. */
const WORDS: Prompt = {
  kind: 'prompt',
  conditional: wordsHalf([5, 17, 30], 20),
  unconditional: wordsHalf([1], 20),
};
const MODELS: Record<string, { folder: string; prompt: () => Promise<Prompt> }> = {
  'a class-conditional model': {
    folder: path.join(ROOT, 'test/golden/llamagen-c2i'),
    prompt: () => promptFor(path.join(ROOT, 'test/golden/llamagen-c2i'), { kind: 'class', label: 3 }),
  },
  'a caption-conditional model, its caption padded': {
    folder: path.join(ROOT, 'test/golden/llamagen-t2i'),
    prompt: () =>
      promptFor(path.join(ROOT, 'test/golden/llamagen-t2i'), {
        kind: 'caption',
        file: path.join(ROOT, 'test/golden/llamagen-t2i/caption.safetensors'),
      }),
  },
  'a model of words, its prompt padded': {
    folder: SMALL_MODEL,
    prompt: () => Promise.resolve(WORDS),
  },
};

async function tokensOf(forward: Forward, options: Partial<ZiparOptions>): Promise<number[]> {
  const tokens: number[] = [];
  for await (const { decisions } of decodeZipar(forward, { ...OPTIONS, ...options }))
    for (const { position, token } of decisions) tokens[position] = token;
  return tokens;
}

for (const [name, { folder, prompt: promptOf }] of Object.entries(MODELS)) {
  describe(name, () => {
    let onHost: LoadedModel;
    let inGraph: LoadedModel;
    let prompt: Prompt;
    beforeAll(async () => {
      onHost = await LoadedModel.open(folder, CPU, 'host');
      inGraph = await LoadedModel.open(folder, CPU, 'device');
      prompt = await promptOf();
    });

    it.each(CHOICES)('is decoded to the tokens of the host: %j', async (options) => {
      const forward = await inGraph.forward(prompt, 2.5);
      expect(forward.sampler).toBeDefined();
      const tokens = await tokensOf(forward, options);
      const host = await onHost.forward(prompt, 2.5);
      expect(host.sampler).toBeUndefined();
      expect(tokens).toEqual(await tokensOf(host, options));
    });

    it('is scored as on the host', async () => {
      const tokens = Int32Array.from(await tokensOf(await onHost.forward(prompt, 1), { seed: 6 }));
      const logitsOf = async (model: LoadedModel): Promise<number[]> => {
        const logits: number[] = [];
        for await (const pass of scoreTokens(model, { prompt, guidance: 1, tokens }))
          for (const row of pass.logits) logits.push(...row);
        return logits;
      };
      const expected = await logitsOf(onHost);
      const errors = (await logitsOf(inGraph)).map((logit, i) => Math.abs(logit - (expected[i] ?? NaN)));
      expect(errors).toHaveLength(expected.length);
      expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-4);
    });
  });
}

/** Runs steps with inputs at random places and times, and forgets some inputs. Returns all logits that predict a token. */
async function wander(forward: Forward, seed: number): Promise<number[]> {
  const { height, width } = forward.layout.grid;
  const logits: number[] = [...(await forward.start())];
  let kept: TokenInput[] = [];
  let draw = 0;
  const below = (end: number): number => Math.floor(uniformAt(seed, draw++) * end);
  for (let step = 0; step < 60; step++) {
    const inputs = Array.from({ length: 1 + below(6) }, () => {
      const time = below(20);
      const position = below(height * width - 1);
      return { position, token: below(16), time, ...(below(3) === 0 && { until: time + 1 + below(8) }) };
    });
    const rows = await forward.step(
      inputs,
      inputs.map((_, i) => i),
    );
    for (const row of rows) logits.push(...row);
    kept.push(...inputs);
    const forgotten = kept.filter(() => below(3) > 0);
    forward.forget(forgotten);
    kept = kept.filter((input) => !forgotten.includes(input));
  }
  return logits;
}

describe('keys and values in host memory and as on a device', () => {
  it.each([1, 2, 3])('are seen and forgotten alike, wherever they lie (seed %i)', async (seed) => {
    const folder = path.join(ROOT, 'test/golden/llamagen-c2i');
    const prompt = await promptFor(folder, { kind: 'class', label: 3 });
    const [host, device] = await Promise.all(
      (['host', 'device'] as const).map(async (residence) => {
        const model = await LoadedModel.open(folder, CPU, residence);
        return wander(await model.forward(prompt, 2.5), seed);
      }),
    );
    expect(host?.length).toBeGreaterThan(1000);
    const errors = device?.map((logit, i) => Math.abs(logit - (host?.[i] ?? NaN))) ?? [];
    expect(errors).toHaveLength(host?.length ?? NaN);
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-4);
  });

  it.each(['host', 'device'] as const)(
    'let a lookahead make raster order’s picture: %s',
    async (residence) => {
      const model = await LoadedModel.open(SMALL_MODEL, CPU, residence);
      const sampling = { seed: 3, temperature: 1, topK: 5, topP: 1, greedy: false };
      const decoded = async (settings: { decoder: string; settings: Record<string, number> }) => {
        const forward = await model.forward(WORDS, 2);
        const trace = new Trace(forward.layout.grid, 0);
        for await (const step of configureDecoder(settings, [RASTER, LOOKAHEAD]).decode(forward, sampling))
          trace.record(step, 1);
        return trace;
      };
      const raster = await decoded({ decoder: 'raster', settings: { window: 16 } });
      const lookahead = await decoded({ decoder: 'lookahead', settings: { ahead: 6 } });
      expect([...lookahead.tokens]).toEqual([...raster.tokens]);
      expect(raster.steps).toBe(256);
      expect(lookahead.steps).toBeLessThan(raster.steps);
    },
  );
});

describe('a draw that single precision cannot decide', () => {
  it('is made on the host', async () => {
    const model = await LoadedModel.open(path.join(ROOT, 'test/golden/llamagen-c2i'), CPU, 'device');
    const transformer = await model.transformer();
    const prompt = await promptFor(path.join(ROOT, 'test/golden/llamagen-c2i'), { kind: 'class', label: 3 });
    // With a margin of 1, no draw is ever certain.
    const sampler = await GraphSampler.open(transformer.description.codes, CPU, 1);
    const onHost = { ...transformer, sampler: undefined };
    const expected = await tokensOf(new PictureForward(onHost, prompt, 2.5), {});
    const inDoubt = new PictureForward({ ...transformer, sampler }, prompt, 2.5);
    expect(await tokensOf(inDoubt, {})).toEqual(expected);
  });
});
