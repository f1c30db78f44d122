/** Runs that begin with the upper rows of a picture, whose tokens no model drew. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configureDecoder } from '../../../sidecar/decoding/decoder-table';
import type { DecodedStep, SeededSampling } from '../../../sidecar/decoding/decoder';
import type { GridShape } from '../../../sidecar/decoding/token-grid';
import { keptPast } from '../../../sidecar/engine/run-start';
import type { DecodingChoice } from '../../../sidecar/protocol';
import { HashForward, type HashModel } from './lookahead/hash-forward';

const PLAIN = { firstRow: 'windowed', standIn: 'nearest' };
const DECODERS = ['raster', 'zipar', 'zipar-adaptive', 'lookahead'] as const;

function choiceOf(kind: (typeof DECODERS)[number], window: number): DecodingChoice {
  switch (kind) {
    case 'raster':
    case 'zipar':
      return { decoder: kind, settings: { ...PLAIN, window, lookahead: 0 } };
    case 'zipar-adaptive':
      return { decoder: kind, settings: { ...PLAIN, window } };
    case 'lookahead':
      return { decoder: 'zipar', settings: { ...PLAIN, window, lookahead: 3 } };
  }
}

interface Begun {
  readonly tokens: Int32Array;
  readonly steps: readonly DecodedStep[];
  /** The number of times that a cell was drawn. */
  readonly draws: readonly number[];
}

/** Keeps rows of a picture and draws the rest. */
async function begin(
  model: HashModel,
  given: Int32Array,
  rows: number,
  choice: DecodingChoice,
): Promise<Begun> {
  const sampling: SeededSampling = { seed: model.seed, temperature: 1, topK: 0, topP: 1, greedy: false };
  const past = keptPast(given, rows, model.grid);
  const tokens = past.tokens.slice();
  const draws = new Array<number>(tokens.length).fill(0);
  const steps: DecodedStep[] = [];
  for await (const step of configureDecoder(choice).decode(new HashForward(model), sampling, past)) {
    steps.push(step);
    for (const { position, token } of step.decisions) {
      tokens[position] = token;
      draws[position] = (draws[position] ?? 0) + 1;
    }
  }
  return { tokens, steps, draws };
}

interface Case {
  readonly grid: GridShape;
  readonly kind: (typeof DECODERS)[number];
  readonly where: number;
  readonly window: number;
  readonly seed: number;
  readonly sensitivity: number;
  readonly hasTerminators: boolean;
}

const cases: fc.Arbitrary<Case> = fc.record({
  grid: fc.record({ height: fc.integer({ min: 1, max: 8 }), width: fc.integer({ min: 1, max: 8 }) }),
  kind: fc.constantFrom(...DECODERS),
  where: fc.nat(1000),
  window: fc.nat(1000),
  seed: fc.nat(2 ** 31),
  sensitivity: fc.constantFrom(0.5, 4),
  hasTerminators: fc.boolean(),
});

function modelOf({ grid, seed, sensitivity, hasTerminators }: Case): HashModel {
  const terminators = hasTerminators
    ? ({ after: 'each-row', token: 5 } as const)
    : ({ after: 'no-row' } as const);
  return { grid, terminators, codes: 5, seed, sensitivity, guidance: 1 };
}

/** Tokens that depend on the seed only. */
function pictureOf({ grid: { height, width }, seed }: HashModel): Int32Array {
  return Int32Array.from({ length: height * width }, (_, i) => Math.imul(i + 7, seed | 1) >>> 5).map(
    (value) => Math.abs(value) % 5,
  );
}

describe('a run that begins with rows of a picture', () => {
  it('has exactly their tokens, and draws every other cell once: 500 runs', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        const model = modelOf(each);
        const { height, width } = each.grid;
        const rows = 1 + (each.where % height);
        const window = each.kind === 'raster' ? width : 1 + (each.window % width);
        const given = pictureOf(model);
        const { tokens, steps, draws } = await begin(model, given, rows, choiceOf(each.kind, window));
        const kept = rows * width;
        expect(tokens.subarray(0, kept)).toEqual(given.subarray(0, kept));
        expect(draws).toEqual(draws.map((_, cell) => (cell < kept ? 0 : 1)));
        if (rows === height) expect(steps).toEqual([]);
      }),
      { seed: 19, numRuns: 500 },
    );
  });

  it('draws what raster order would draw below these rows: 200 runs', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        const model = modelOf(each);
        const { height, width } = each.grid;
        const rows = 1 + (each.where % height);
        const sampling: SeededSampling = {
          seed: model.seed,
          temperature: 1,
          topK: 0,
          topP: 1,
          greedy: false,
        };
        const raster = choiceOf('raster', width);
        // The rows of a run of the model itself are given, so the rest must be that of the run.
        const whole = new Int32Array(height * width);
        for await (const { decisions } of configureDecoder(raster).decode(new HashForward(model), sampling))
          for (const { position, token } of decisions) whole[position] = token;
        for (const choice of [raster, choiceOf('zipar', width)])
          expect((await begin(model, whole, rows, choice)).tokens).toEqual(whole);
      }),
      { seed: 20, numRuns: 200 },
    );
  });
});
