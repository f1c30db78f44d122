import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedStep, Decision } from '../../../../sidecar/decoding/decoder';
import {
  decodeLookahead,
  type LookaheadOptions,
} from '../../../../sidecar/decoding/lookahead/decode-lookahead';
import { lastDrawOrLeft, type Drafter } from '../../../../sidecar/decoding/lookahead/drafts';
import { LookaheadFronts } from '../../../../sidecar/decoding/lookahead/lookahead-fronts';
import { uniformAt } from '../../../../sidecar/decoding/noise';
import type { RowTerminators } from '../../../../sidecar/decoding/sequence-layout';
import { decodeZipar } from '../../../../sidecar/decoding/zipar/decode-zipar';
import { HashForward, type HashModel } from './hash-forward';

/** More cells than a picture of these tests has. */
const ALL = 1000;

interface Case {
  readonly model: HashModel;
  readonly options: LookaheadOptions;
}

const terminators: fc.Arbitrary<RowTerminators> = fc.constantFrom<RowTerminators>(
  { after: 'no-row' },
  { after: 'no-row' },
  { after: 'each-row', token: 7 },
  { after: 'each-row-but-the-last', token: 7 },
);

const sampling = fc.oneof(
  fc.constant({ temperature: 1, topK: 0, topP: 1, greedy: false }),
  fc.record({
    temperature: fc.double({ min: 0.3, max: 2, noNaN: true }),
    topK: fc.nat(6),
    topP: fc.constantFrom(1, 0.9, 0.5),
    greedy: fc.boolean(),
  }),
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
        sensitivity: fc.constantFrom(0, 0.5, 2, 8),
        guidance: fc.constantFrom(1, 1, 2.5),
      }),
      options: fc
        .record({
          window: fc.integer({ min: 1, max: grid.width }),
          firstRow: fc.constantFrom('windowed' as const, 'sequential' as const),
          standIn: fc.constantFrom('nearest' as const, 'reference' as const),
          reach: fc.record({
            cellsARow: fc.integer({ min: 1, max: grid.width }),
            cells: fc.oneof(fc.constant(ALL), fc.integer({ min: 1, max: 30 })),
          }),
          seed: fc.nat(2 ** 31),
          sampling,
        })
        .map(({ sampling: drawing, ...rest }) => ({ ...rest, ...drawing })),
    }),
  );

async function stepsOf(steps: AsyncIterable<DecodedStep>): Promise<DecodedStep[]> {
  const all: DecodedStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
}

/** Every decided cell with its token, probability, entropy and margin: equal only if the model saw the same world. */
function pictureOf(steps: readonly DecodedStep[]): Decision[] {
  return steps.flatMap(({ decisions }) => decisions).sort((a, b) => a.position - b.position);
}

function plain({ model, options }: Case): Promise<DecodedStep[]> {
  return stepsOf(decodeZipar(new HashForward(model), { ...options, rowStart: 'fixed' }));
}

function looking(each: Case, drafter?: Drafter): Promise<DecodedStep[]> {
  return stepsOf(
    decodeLookahead(new HashForward(each.model), { ...each.options, ...(drafter && { drafter }) }),
  );
}

/** Drafters: the product's, one that guesses at random in every pass, and one that forgets what was drawn. */
function draftersFor({ model: { grid, codes, seed } }: Case): (Drafter | undefined)[] {
  const left = lastDrawOrLeft(grid);
  let draft = 0;
  return [
    undefined,
    () => Math.floor(uniformAt(seed, draft++, 5) * codes),
    (cell, { tokenAt }) => left(cell, { drawn: undefined, tokenAt }),
  ];
}

describe('decoding with a lookahead', () => {
  it('makes the picture of the plain decoder, whatever the schedule, the lookahead and the drafts', async () => {
    let saved = 0;
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(2), async (each, which) => {
        const expected = await plain(each);
        const steps = await looking(each, draftersFor(each)[which]);
        expect(pictureOf(steps)).toEqual(pictureOf(expected));
        if (each.options.reach.cells === ALL) expect(steps.length).toBeLessThanOrEqual(expected.length);
        saved += expected.length - steps.length;
      }),
      { seed: 15, numRuns: 3000 },
    );
    expect(saved).toBeGreaterThan(3000);
  });

  it('takes the steps of the plain decoder when it looks at one cell a row', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ model, options }) => {
        const each = { model, options: { ...options, reach: { cellsARow: 1, cells: ALL } } };
        const [steps, expected] = [await looking(each), await plain(each)];
        expect(steps.map(({ decisions }) => decisions)).toEqual(expected.map(({ decisions }) => decisions));
        expect(steps.map(({ inputs }) => inputs.length)).toEqual(expected.map(({ inputs }) => inputs.length));
      }),
      { seed: 16, numRuns: 300 },
    );
  });

  it('takes the fewest steps that the schedule allows when every draft is right', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        const picture = pictureOf(await plain(each));
        const steps = await looking(each, (cell) => picture[cell]?.token ?? NaN);
        const { grid } = each.model;
        const fronts = new LookaheadFronts({ ...each.options, grid });
        expect(steps.length).toBe(fronts.leastStepsLeft(each.options.reach));
        // After the first cell, one pass then evaluates the whole picture.
        const { cells, cellsARow } = each.options.reach;
        if (cells === ALL && cellsARow === grid.width && grid.width > 1)
          expect(steps.length).toBeLessThanOrEqual(2);
      }),
      { seed: 17, numRuns: 300 },
    );
  });

  it('takes the steps of the plain decoder when every draft is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ model, options }) => {
        const each = { model, options: { ...options, reach: { ...options.reach, cells: ALL } } };
        const expected = await plain(each);
        const picture = pictureOf(expected);
        const steps = await looking(each, (cell) => ((picture[cell]?.token ?? NaN) + 1) % model.codes);
        expect(pictureOf(steps)).toEqual(picture);
        expect(steps.length).toBe(expected.length);
      }),
      { seed: 18, numRuns: 300 },
    );
  });

  it('never promises more steps than it takes, and decides at least one cell in each', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        const steps = await looking(each);
        for (const { leastSteps, decisions, step } of steps) {
          expect(leastSteps).toBeLessThanOrEqual(steps.length);
          expect(leastSteps).toBeGreaterThanOrEqual(step);
          expect(decisions.length).toBeGreaterThan(0);
        }
        expect(steps.at(-1)?.leastSteps).toBe(steps.length);
      }),
      { seed: 19, numRuns: 500 },
    );
  });

  it('leaves nothing behind: the forward keeps one input for each position that was fed', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ model, options }) => {
        const forward = new HashForward(model);
        await stepsOf(decodeLookahead(forward, options));
        expect(forward.keptCount).toBeLessThan(forward.layout.length);
      }),
      { seed: 20, numRuns: 300 },
    );
  });

  it('tells of each cell what was drafted, and whether the draft was confirmed or corrected', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        const steps = await looking(each);
        const drafts = new Map<number, number>();
        for (const { events, decisions } of steps) {
          for (const event of events) {
            const draft = drafts.get(event.position);
            if (event.kind === 'drafted') expect(draft).toBeUndefined();
            if (event.kind === 'confirmed') expect(event.token).toBe(draft);
            if (event.kind === 'corrected') {
              expect(event.draft).toBe(draft);
              expect(event.token).not.toBe(draft);
            }
            drafts.set(event.position, event.token);
          }
          for (const { position, token } of decisions) {
            const own = events.filter((event) => event.position === position);
            if (drafts.has(position)) expect(own.at(-1)?.token).toBe(token);
          }
        }
      }),
      { seed: 21, numRuns: 300 },
    );
  });
});
