import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BranchError, branchPast, type Branch, type ParentRun } from '../../../sidecar/decoding/branch';
import type { DecodedStep, SeededSampling } from '../../../sidecar/decoding/decoder';
import { configureDecoder } from '../../../sidecar/decoding/decoder-table';
import { ForbiddingForward } from '../../../sidecar/decoding/forbidding-forward';
import { pastUntil } from '../../../sidecar/decoding/past-steps';
import { Trace } from '../../../sidecar/decoding/trace';
import type { DecodingChoice } from '../../../sidecar/protocol';
import { HashForward, type HashModel } from './lookahead/hash-forward';

const SAMPLING: SeededSampling = { seed: 7, temperature: 1, topK: 0, topP: 1, greedy: false };
const GRID = { height: 6, width: 7 };
const MODEL: HashModel = {
  ...{ grid: GRID, terminators: { after: 'no-row' }, codes: 5 },
  ...{ seed: 3, sensitivity: 4, guidance: 1 },
};
const PLAIN = { firstRow: 'windowed', standIn: 'nearest' };
const RASTER: DecodingChoice = { decoder: 'raster', settings: { ...PLAIN, window: 7, lookahead: 0 } };
const zipar = (window: number, lookahead = 0): DecodingChoice => ({
  decoder: 'zipar',
  settings: { ...PLAIN, window, lookahead },
});

/** A forward that counts its passes. */
class CountingForward extends HashForward {
  passes = 0;

  override start(): ReturnType<HashForward['start']> {
    this.passes++;
    return super.start();
  }

  override step(...args: Parameters<HashForward['step']>): ReturnType<HashForward['step']> {
    this.passes++;
    return super.step(...args);
  }
}

async function traceOf(model: HashModel, choice: DecodingChoice, sampling = SAMPLING): Promise<Trace> {
  const trace = new Trace(model.grid, 1);
  for await (const step of configureDecoder(choice).decode(new HashForward(model), sampling))
    trace.record(step, 1);
  return trace;
}

function parentOf(trace: Trace, grid = GRID): ParentRun {
  return { grid, past: trace, events: trace.events, codes: MODEL.codes };
}

/** Carries a branch out: its steps, and all tokens at its end. */
async function carryOut(
  parent: ParentRun,
  branch: Branch,
  { model = MODEL, choice = zipar(2), sampling = SAMPLING, isOther = false } = {},
): Promise<{ readonly steps: readonly DecodedStep[]; readonly tokens: Int32Array }> {
  const decoder = configureDecoder(choice);
  const wanted = branchPast(parent, branch, isOther);
  const past =
    wanted.steps === 0 ? undefined : pastUntil(wanted, decoder.resumesAfter?.(wanted, model.grid) ?? NaN);
  const forward = new ForbiddingForward(new HashForward(model), branch.forbid);
  const steps: DecodedStep[] = [];
  const tokens = past?.tokens.slice() ?? new Int32Array(parent.past.tokens.length).fill(-1);
  for await (const step of decoder.decode(forward, sampling, past?.steps === 0 ? undefined : past)) {
    steps.push(step);
    for (const { position, token } of step.decisions) tokens[position] = token;
  }
  return { steps, tokens };
}

const at = (step: number, change: Partial<Branch> = {}): Branch => ({
  from: { step },
  set: [],
  forbid: [],
  ...change,
});

describe('a branch', () => {
  it('with no change gives the tokens of its parent exactly: 200 branches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ height: fc.integer({ min: 1, max: 7 }), width: fc.integer({ min: 1, max: 7 }) }),
        fc.constantFrom('raster', 'zipar', 'zipar-adaptive', 'lookahead'),
        fc.nat(1000),
        fc.nat(1000),
        fc.nat(2 ** 31),
        async (grid, kind, where, window, seed) => {
          const model = { ...MODEL, grid, seed };
          const width = 1 + (window % grid.width);
          const choice: DecodingChoice = {
            raster: { decoder: 'raster', settings: { ...PLAIN, window: grid.width, lookahead: 0 } },
            zipar: zipar(width),
            'zipar-adaptive': { decoder: 'zipar-adaptive', settings: { ...PLAIN, window: width } },
            lookahead: zipar(width, 3),
          }[kind];
          const parent = await traceOf(model, choice);
          const step = where % (parent.steps + 1);
          const branch = await carryOut(parentOf(parent, grid), at(step), { model, choice });
          expect(branch.tokens).toEqual(parent.tokens);
        },
      ),
      { seed: 17, numRuns: 200 },
    );
  });

  it('keeps what was decided until its step, with the changed token, and draws the rest', async () => {
    const parent = await traceOf(MODEL, zipar(2));
    const cell = parent.stepOf.indexOf(9);
    const token = ((parent.tokens[cell] ?? 0) + 1) % MODEL.codes;
    const { tokens, steps } = await carryOut(parentOf(parent), at(9, { set: [{ cell, token }] }));
    expect(steps[0]?.step).toBe(10);
    parent.stepOf.forEach((step, each) => {
      if (step <= 9) expect(tokens[each]).toBe(each === cell ? token : parent.tokens[each]);
    });
    expect(tokens).not.toContain(-1);
    expect([...tokens].filter((each, i) => each !== parent.tokens[i]).length).toBeGreaterThan(1);
  });

  it('sees a changed token as if the model had drawn it', async () => {
    const parent = await traceOf(MODEL, RASTER);
    const cell = 10;
    const token = ((parent.tokens[cell] ?? 0) + 1) % MODEL.codes;
    const branch = await carryOut(parentOf(parent), at(cell + 1, { set: [{ cell, token }] }), {
      choice: RASTER,
    });
    // A run in which all other tokens of that cell are forbidden draws the same.
    const others = [0, 1, 2, 3, 4].filter((each) => each !== token);
    const forbidding = await carryOut(
      parentOf(parent),
      at(cell, { forbid: others.map((each) => ({ cell, token: each })) }),
      { choice: RASTER },
    );
    expect(branch.tokens).toEqual(forbidding.tokens);
  });

  it.each([RASTER, zipar(2), zipar(3, 4), { decoder: 'zipar-adaptive', settings: { ...PLAIN, window: 2 } }])(
    'never draws a forbidden token, with $decoder $settings',
    async (choice) => {
      const parent = await traceOf(MODEL, choice);
      for (const cell of [0, 7, 20, 41]) {
        const token = parent.tokens[cell] ?? 0;
        const step = (parent.stepOf[cell] ?? 1) - 1;
        const { tokens } = await carryOut(parentOf(parent), at(step, { forbid: [{ cell, token }] }), {
          choice,
        });
        expect(tokens[cell]).not.toBe(token);
        expect(tokens).not.toContain(-1);
      }
    },
  );

  it('goes on with another decoder, window or seed, and decides every cell once', async () => {
    const parent = await traceOf(MODEL, zipar(2));
    for (const choice of [RASTER, zipar(5), { decoder: 'zipar-adaptive', settings: { ...PLAIN, window: 3 } }])
      for (let step = 1; step < parent.steps; step++) {
        const { tokens, steps } = await carryOut(parentOf(parent), at(step), { choice, isOther: true });
        expect(tokens).not.toContain(-1);
        const decided = steps.flatMap(({ decisions }) => decisions.map(({ position }) => position));
        expect(new Set(decided).size).toBe(decided.length);
        parent.stepOf.forEach((before, cell) => {
          if (before <= step) expect(tokens[cell]).toBe(parent.tokens[cell]);
        });
      }
  });

  it('draws the rows below again, and raster order with the same seed draws the same', async () => {
    const parent = await traceOf(MODEL, RASTER);
    const same = await carryOut(
      parentOf(parent),
      { from: { row: 3 }, set: [], forbid: [] },
      { choice: RASTER },
    );
    expect(same.tokens).toEqual(parent.tokens);
    const other = await carryOut(
      parentOf(parent),
      { from: { row: 3 }, set: [], forbid: [] },
      { choice: zipar(2), sampling: { ...SAMPLING, seed: 8 } },
    );
    expect(other.tokens.subarray(0, 21)).toEqual(parent.tokens.subarray(0, 21));
    expect(other.tokens.subarray(21)).not.toEqual(parent.tokens.subarray(21));
  });
});

describe('the passes of a branch', () => {
  const grid = { height: 18, width: 18 };
  const model: HashModel = { ...MODEL, grid };
  const RASTER_18: DecodingChoice = { decoder: 'raster', settings: { ...PLAIN, window: 18, lookahead: 0 } };
  const ADAPTIVE: DecodingChoice = { decoder: 'zipar-adaptive', settings: { ...PLAIN, window: 3 } };

  /** Passes before the first step of a branch, and all its passes. The branch changes a token that was decided. */
  async function passesOf(
    trace: Trace,
    choice: DecodingChoice,
    step: number,
  ): Promise<{ readonly catchingUp: number; readonly all: number }> {
    const decoder = configureDecoder(choice);
    const cell = trace.stepOf.indexOf(step);
    const token = ((trace.tokens[cell] ?? 0) + 1) % MODEL.codes;
    const wanted = branchPast(parentOf(trace, grid), at(step, { set: [{ cell, token }] }), false);
    const past = pastUntil(wanted, decoder.resumesAfter?.(wanted, grid) ?? NaN);
    const forward = new CountingForward(model);
    const steps: DecodedStep[] = [];
    for await (const made of decoder.decode(forward, SAMPLING, past)) steps.push(made);
    return { catchingUp: forward.passes - steps.length, all: forward.passes };
  }

  it.each([RASTER_18, zipar(3), zipar(3, 4), zipar(18, 6), ADAPTIVE])(
    'are with no change at most those of its parent after its step, and one for each 256 cells before, and three: $decoder $settings',
    async (choice) => {
      const trace = await traceOf(model, choice);
      const decoder = configureDecoder(choice);
      for (let step = 1; step < trace.steps; step += 3) {
        const wanted = branchPast(parentOf(trace, grid), at(step), false);
        const past = pastUntil(wanted, decoder.resumesAfter?.(wanted, grid) ?? NaN);
        expect(past.steps).toBe(step);
        const forward = new CountingForward(model);
        const tokens = past.tokens.slice();
        for await (const { decisions } of decoder.decode(forward, SAMPLING, past))
          for (const { position, token } of decisions) tokens[position] = token;
        expect(tokens).toEqual(trace.tokens);
        const kept = trace.stepOf.filter((each) => each <= step).length;
        expect(forward.passes).toBeLessThanOrEqual(trace.steps - step + Math.ceil(kept / 256) + 3);
      }
    },
  );

  it.each([RASTER_18, zipar(3), zipar(18), zipar(3, 4), ADAPTIVE])(
    'are one for each 256 cells before it, and at most three more, before it goes on: $decoder $settings',
    async (choice) => {
      const trace = await traceOf(model, choice);
      for (const share of [0.02, 0.5, 0.85, 1]) {
        const step = Math.max(1, Math.floor(share * trace.steps));
        const kept = trace.stepOf.filter((each) => each <= step).length;
        const { catchingUp, all } = await passesOf(trace, choice, step);
        const most = Math.ceil(kept / 256) + 3;
        expect(catchingUp).toBeLessThanOrEqual(most);
        // With drafts or candidates, the steps after a change are others than the parent's.
        if (choice.decoder !== 'zipar-adaptive' && choice.settings.lookahead === 0)
          expect(all).toBeLessThanOrEqual(trace.steps - step + most);
      }
    },
  );
});

describe('a branch that does not fit', () => {
  const parent = (async () => parentOf(await traceOf(MODEL, zipar(2))))();

  it.each<[RegExp, Branch]>([
    [/Step 99 is outside 0\.\.\d+/, at(99)],
    [/Step -1 is outside/, at(-1)],
    [/Step 1\.5 is outside/, at(1.5)],
    [/Token 5 for row 1, column 1 is outside 0\.\.4/, at(3, { set: [{ cell: 0, token: 5 }] })],
    [/Token -1 for row 1, column 2 is outside/, at(0, { forbid: [{ cell: 1, token: -1 }] })],
    [
      /row 6, column 7 is not decided yet at step 3, .* step 17 or later/,
      at(3, { set: [{ cell: 41, token: 1 }] }),
    ],
    [
      /row 1, column 1 is decided in step 1, .* step 0 or earlier/,
      at(3, { forbid: [{ cell: 0, token: 1 }] }),
    ],
    [/Row 7 is outside 2\.\.6/, { from: { row: 6 }, set: [], forbid: [] }],
    [/row 4, column 1 is drawn again/, { from: { row: 2 }, set: [{ cell: 21, token: 1 }], forbid: [] }],
  ])('is refused in one sentence: %s', async (sentence, branch) => {
    const run = await parent;
    expect(() => branchPast(run, branch, false)).toThrow(BranchError);
    expect(() => branchPast(run, branch, false)).toThrow(sentence);
  });
});
