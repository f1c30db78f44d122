import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedStep } from '../../../../sidecar/decoding/decoder';
import { decodePjd } from '../../../../sidecar/decoding/pjd/decode-pjd';
import { PjdFronts } from '../../../../sidecar/decoding/pjd/pjd-fronts';
import { decodeZipar } from '../../../../sidecar/decoding/zipar/decode-zipar';
import { HashForward } from '../lookahead/hash-forward';
import { countPictures, deviation, TinyModel } from '../tiny-model';
import { ToyForward } from '../toy-forward';
import { literalPjd } from './literal-pjd';

const PLAIN = { temperature: 1, topK: 0, topP: 1, greedy: false };

async function stepsOf(steps: AsyncIterable<DecodedStep>): Promise<DecodedStep[]> {
  const all: DecodedStep[] = [];
  for await (const step of steps) all.push(step);
  return all;
}

function tokensOf(steps: readonly DecodedStep[]): number[] {
  const tokens: number[] = [];
  for (const { decisions } of steps) for (const { position, token } of decisions) tokens[position] = token;
  return tokens;
}

const grids = fc
  .record({ height: fc.integer({ min: 1, max: 6 }), width: fc.integer({ min: 1, max: 7 }) })
  .chain((grid) =>
    fc.record({
      grid: fc.constant(grid),
      context: fc.integer({ min: 1, max: grid.width }),
      draftWindow: fc.integer({ min: 1, max: grid.width + 1 }),
      seed: fc.nat(2 ** 31),
      terminator: fc.constantFrom(undefined, 21),
      topK: fc.constantFrom(0, 2, 5),
    }),
  );

describe('PJD', () => {
  it('is what its description says, token for token and step for step', async () => {
    let saved = 0;
    await fc.assert(
      fc.asyncProperty(grids, async ({ grid, terminator, topK, ...rest }) => {
        const options = { ...PLAIN, ...rest, topK };
        const steps = await stepsOf(decodePjd(new ToyForward(grid, terminator), options));
        const expected = literalPjd(grid, terminator, options);
        expect(tokensOf(steps)).toEqual(expected.tokens);
        expect(steps.length).toBe(expected.steps);
        saved += grid.height * grid.width - steps.length;
      }),
      { seed: 6, numRuns: 500 },
    );
    expect(saved).toBeGreaterThan(1500);
  });

  it.each([
    [PLAIN, 2],
    [{ ...PLAIN, temperature: 0.8, topK: 2 }, 3],
  ])(
    'draws every picture as often as raster order does if a row waits for the whole row above: %o',
    async (sampling, draftWindow) => {
      const model = new TinyModel({ height: 2, width: 3 }, 3, 12);
      const counts = await countPictures(model, 12_000, sampling, (forward, seeded) =>
        decodePjd(forward, { ...seeded, context: 3, draftWindow }),
      );
      expect(deviation(counts, model.probabilities({ ...sampling, seed: 0 }))).toBeLessThan(4);
    },
  );

  it('draws other pictures if rows start earlier', async () => {
    const model = new TinyModel({ height: 2, width: 3 }, 3, 12);
    const counts = await countPictures(model, 12_000, PLAIN, (forward, seeded) =>
      decodePjd(forward, { ...seeded, context: 1, draftWindow: 3 }),
    );
    expect(deviation(counts, model.probabilities({ ...PLAIN, seed: 0 }))).toBeGreaterThan(10);
  });

  it('makes raster order’s picture when greedy, if a row waits for the whole row above', async () => {
    await fc.assert(
      fc.asyncProperty(
        grids,
        fc.constantFrom({ after: 'no-row' as const }, { after: 'each-row' as const, token: 7 }),
        async ({ grid, seed, draftWindow }, terminators) => {
          const model = { grid, terminators, codes: 5, seed, sensitivity: 2, guidance: 1 };
          const greedy = { ...PLAIN, seed, greedy: true };
          const raster = await stepsOf(
            decodeZipar(new HashForward(model), {
              ...{ ...greedy, window: grid.width, firstRow: 'windowed' },
              ...{ rowStart: 'fixed', standIn: 'nearest' },
            }),
          );
          const pjd = await stepsOf(
            decodePjd(new HashForward(model), { ...greedy, context: grid.width, draftWindow }),
          );
          expect(tokensOf(pjd)).toEqual(tokensOf(raster));
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  it('promises no more steps than it takes, and tells of its drafts', async () => {
    await fc.assert(
      fc.asyncProperty(grids, async ({ grid, terminator, topK, ...rest }) => {
        const options = { ...PLAIN, ...rest, topK };
        const steps = await stepsOf(decodePjd(new ToyForward(grid, terminator), options));
        const least = new PjdFronts({ ...options, grid }).leastStepsLeft();
        expect(steps.length).toBeGreaterThanOrEqual(least);
        expect(steps.length).toBeLessThanOrEqual(grid.height * grid.width);
        const drafts = new Map<number, number>();
        for (const { step, decisions, events, leastSteps } of steps) {
          expect(decisions.length).toBeGreaterThan(0);
          expect(leastSteps).toBeLessThanOrEqual(steps.length);
          expect(leastSteps).toBeGreaterThanOrEqual(step);
          for (const event of events) {
            const draft = drafts.get(event.position);
            const kind = draft === event.token ? 'confirmed' : 'corrected';
            expect(event.kind).toBe(draft === undefined ? 'drafted' : kind);
            drafts.set(event.position, event.token);
          }
        }
        expect(steps.at(-1)?.leastSteps).toBe(steps.length);
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});
