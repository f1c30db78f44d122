import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfiguredDecoder, DecodedStep, Decision } from '../../../sidecar/decoding/decoder';
import { configureDecoder } from '../../../sidecar/decoding/decoder-table';
import { PastStepsError, pastUntil, type PastSteps } from '../../../sidecar/decoding/past-steps';
import { INPUTS_A_PASS } from '../../../sidecar/decoding/resumed-forward';
import type { RowTerminators } from '../../../sidecar/decoding/sequence-layout';
import type { GridShape } from '../../../sidecar/decoding/token-grid';
import { Trace } from '../../../sidecar/decoding/trace';
import type { DecodingChoice } from '../../../sidecar/protocol';
import { HashForward, type HashModel } from './lookahead/hash-forward';

const SAMPLING = { seed: 7, temperature: 1, topK: 0, topP: 1, greedy: false };

/** A forward that counts its passes, and the inputs of the largest. */
class CountingForward extends HashForward {
  passes = 0;
  mostInputs = 0;

  override step(...args: Parameters<HashForward['step']>): ReturnType<HashForward['step']> {
    this.passes++;
    this.mostInputs = Math.max(this.mostInputs, args[0].length);
    return super.step(...args);
  }
}

interface Case {
  readonly model: HashModel;
  readonly choice: DecodingChoice;
  /** Where the run is stopped: 0 = after its first step, 1 = after its last. */
  readonly stop: number;
  readonly greedy: boolean;
}

const terminators = fc.constantFrom<RowTerminators>(
  { after: 'no-row' },
  { after: 'each-row', token: 7 },
  { after: 'each-row-but-the-last', token: 7 },
);

const cases: fc.Arbitrary<Case> = fc
  .record({ height: fc.integer({ min: 1, max: 9 }), width: fc.integer({ min: 1, max: 9 }) })
  .chain((grid) =>
    fc.record({
      model: fc.record({
        grid: fc.constant(grid),
        terminators,
        codes: fc.integer({ min: 2, max: 7 }),
        seed: fc.nat(2 ** 31),
        sensitivity: fc.constantFrom(0.5, 2, 8),
        guidance: fc.constantFrom(1, 2.5),
      }),
      choice: fc
        .record({
          decoder: fc.constantFrom('raster', 'zipar', 'zipar-adaptive', 'zipar-adaptive'),
          window: fc.integer({ min: 1, max: grid.width }),
          firstRow: fc.constantFrom('windowed', 'sequential'),
          standIn: fc.constantFrom('nearest', 'reference'),
          lookahead: fc.constantFrom<(number | string)[]>(0, 0, 3, 'auto'),
        })
        .map(({ decoder, lookahead, window, ...rest }) => ({
          decoder,
          settings: {
            ...rest,
            window: decoder === 'raster' ? grid.width : window,
            ...(decoder !== 'zipar-adaptive' && { lookahead }),
          },
        })),
      stop: fc.nat(1000).map((thousandths) => thousandths / 1000),
      greedy: fc.boolean(),
    }),
  );

async function stepsOf(steps: AsyncIterable<DecodedStep>): Promise<DecodedStep[]> {
  const all: DecodedStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
}

/** Every decided cell with its token, probability, entropy and margin: equal only if the model saw the same world. */
function decisionsOf(steps: readonly DecodedStep[]): Decision[] {
  return steps.flatMap(({ decisions }) => decisions).sort((a, b) => a.position - b.position);
}

function traceOf(steps: readonly DecodedStep[], grid: GridShape): Trace {
  const trace = new Trace(grid, 1);
  for (const step of steps) trace.record(step, 1);
  return trace;
}

/** The past that a decoder goes on after. */
function resumable(decoder: ConfiguredDecoder, past: PastSteps, grid: GridShape): PastSteps {
  const after = decoder.resumesAfter?.(past, grid) ?? NaN;
  return pastUntil(past, after);
}

describe('a run that goes on after the steps of an earlier one', () => {
  it('decides what one run decides, with every decoder, wherever it was stopped', async () => {
    let cut = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ model, choice, stop, greedy }) => {
        const decoder = configureDecoder(choice);
        const sampling = { ...SAMPLING, greedy };
        const whole = await stepsOf(decoder.decode(new HashForward(model), sampling));
        const stopped = 1 + Math.round(stop * (whole.length - 1));
        const past = resumable(decoder, traceOf(whole.slice(0, stopped), model.grid), model.grid);
        if (past.steps < stopped) cut++;
        expect(past.steps).toBeGreaterThan(0);
        const rest = await stepsOf(decoder.decode(new HashForward(model), sampling, past));
        expect(decisionsOf(rest)).toEqual(decisionsOf(whole.slice(past.steps)));
        expect(rest[0]?.step ?? past.steps + 1).toBe(past.steps + 1);
        if (Number(choice.settings.lookahead ?? 0) === 0)
          expect(rest.map(({ inputs }) => inputs.map(({ position, token }) => [position, token]))).toEqual(
            whole
              .slice(past.steps)
              .map(({ inputs }) => inputs.map(({ position, token }) => [position, token])),
          );
      }),
      { seed: 14, numRuns: 1500 },
    );
    expect(cut).toBeGreaterThan(50);
  });

  it.each([
    { decoder: 'raster', settings: { window: 24, firstRow: 'windowed', standIn: 'nearest', lookahead: 0 } },
    { decoder: 'zipar', settings: { window: 3, firstRow: 'windowed', standIn: 'nearest', lookahead: 0 } },
    { decoder: 'zipar', settings: { window: 3, firstRow: 'windowed', standIn: 'nearest', lookahead: 4 } },
    { decoder: 'zipar-adaptive', settings: { window: 3, firstRow: 'windowed', standIn: 'nearest' } },
  ])('computes the state of many steps in few passes: $decoder $settings', async (choice) => {
    const grid = { height: 24, width: 24 };
    const model: HashModel = {
      ...{ grid, terminators: { after: 'no-row' }, codes: 5 },
      ...{ seed: 3, sensitivity: 4, guidance: 1 },
    };
    const decoder = configureDecoder(choice);
    const whole = await stepsOf(decoder.decode(new HashForward(model), SAMPLING));
    const past = resumable(decoder, traceOf(whole.slice(0, -4), grid), grid);
    const forward = new CountingForward(model);
    const rest = await stepsOf(decoder.decode(forward, SAMPLING, past));
    expect(decisionsOf(rest)).toEqual(decisionsOf(whole.slice(past.steps)));
    const fed = whole.slice(0, past.steps).reduce((sum, { inputs }) => sum + inputs.length, 0);
    const inRecall = forward.passes - rest.length;
    expect(fed).toBeGreaterThan(2 * INPUTS_A_PASS);
    // A pass of a lookahead takes up to 256 cells, but ends early where the rows below cannot follow yet.
    expect(inRecall).toBeLessThanOrEqual(
      choice.settings.lookahead === 4 ? 12 : Math.ceil(fed / INPUTS_A_PASS),
    );
    expect(forward.mostInputs).toBeLessThanOrEqual(2 * INPUTS_A_PASS);
  });

  it('has nothing left to do after the last step', async () => {
    const grid = { height: 3, width: 4 };
    const model: HashModel = {
      ...{ grid, terminators: { after: 'no-row' }, codes: 5 },
      ...{ seed: 3, sensitivity: 4, guidance: 1 },
    };
    const decoder = configureDecoder({ decoder: 'zipar', settings: { window: 2, lookahead: 0 } });
    const whole = await stepsOf(decoder.decode(new HashForward(model), SAMPLING));
    const past = resumable(decoder, traceOf(whole, grid), grid);
    expect(await stepsOf(decoder.decode(new HashForward(model), SAMPLING, past))).toEqual([]);
  });

  it('refuses steps that no run with its settings takes', async () => {
    const grid = { height: 3, width: 4 };
    const model: HashModel = {
      ...{ grid, terminators: { after: 'no-row' }, codes: 5 },
      ...{ seed: 3, sensitivity: 4, guidance: 1 },
    };
    const raster = configureDecoder({ decoder: 'raster', settings: { window: 4, lookahead: 0 } });
    const zipar = configureDecoder({ decoder: 'zipar', settings: { window: 2, lookahead: 0 } });
    const looking = configureDecoder({ decoder: 'raster', settings: { window: 4, lookahead: 3 } });
    const steps = await stepsOf(zipar.decode(new HashForward(model), SAMPLING));
    const past = traceOf(steps.slice(0, 5), grid);
    expect(() => raster.resumesAfter?.(past, grid)).toThrow(PastStepsError);
    for (const decoder of [raster, looking])
      await expect(stepsOf(decoder.decode(new HashForward(model), SAMPLING, past))).rejects.toThrow(
        PastStepsError,
      );
    const other = { ...past, steps: 5, tokens: new Int32Array(9), stepOf: new Int32Array(9) };
    await expect(stepsOf(zipar.decode(new HashForward(model), SAMPLING, other))).rejects.toThrow(/9 cells/);
  });

  it('is not promised by decoders whose next step depends on more than tokens', () => {
    for (const decoder of ['scd', 'pjd'])
      expect(configureDecoder({ decoder, settings: {} }).resumesAfter).toBeUndefined();
  });
});
