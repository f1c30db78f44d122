import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DecodedStep } from '../../../../sidecar/decoding/decoder';
import { decodeScd, type Coupling } from '../../../../sidecar/decoding/scd/decode-scd';
import * as verifying from '../../../../sidecar/decoding/verify-draft';
import { decodeZipar } from '../../../../sidecar/decoding/zipar/decode-zipar';
import { HashForward } from '../lookahead/hash-forward';
import { countPictures, deviation, TinyModel } from '../tiny-model';

const COUPLINGS: readonly Coupling[] = ['maximal', 'gumbel'];
const PLAIN = { temperature: 1, topK: 0, topP: 1, greedy: false };
const CUT = { temperature: 0.8, topK: 2, topP: 1, greedy: false };
const PICTURES = 12_000;

/** Six cells of three tokens: 729 pictures. */
const MODEL = new TinyModel({ height: 2, width: 3 }, 3, 11);

afterEach(() => {
  vi.restoreAllMocks();
});

function scdDeviation(coupling: Coupling, sampling: typeof PLAIN, draftWindow: number): Promise<number> {
  return countPictures(MODEL, PICTURES, sampling, (forward, seeded) =>
    decodeScd(forward, { ...seeded, draftWindow, coupling }),
  ).then((counts) => deviation(counts, MODEL.probabilities({ ...sampling, seed: 0 })));
}

describe('SCD', () => {
  it.each([
    ['maximal', PLAIN, 4],
    ['maximal', CUT, 6],
    ['gumbel', PLAIN, 4],
    ['gumbel', CUT, 6],
  ] as const)(
    'draws every picture as often as raster order does, with %s coupling, %o and %i cells a step',
    async (coupling, sampling, draftWindow) => {
      expect(await scdDeviation(coupling, sampling, draftWindow)).toBeLessThan(4);
    },
  );

  it.each([
    ['keeps every draft', (draft: number) => ({ isKept: true, token: draft })],
    [
      'draws the replacement from the whole distribution',
      (...[draft, before, now, random]: Parameters<typeof verifying.verifyDraft>) =>
        random.acceptance < Math.min(1, (now[draft] ?? 0) / (before[draft] ?? 0))
          ? { isKept: true, token: draft }
          : {
              isKept: false,
              token: verifying.verifyDraft(0, verifying.certain(0, now.length), now, random).token,
            },
    ],
    [
      'keeps a draft by its probability now, whatever it was drawn from',
      (...[draft, , now, random]: Parameters<typeof verifying.verifyDraft>) =>
        verifying.verifyDraft(
          draft,
          now.map(() => 1),
          now,
          random,
        ),
    ],
  ])('would be noticed if it %s', async (_, wrong) => {
    const right = verifying.verifyDraft;
    let isInside = false;
    vi.spyOn(verifying, 'verifyDraft').mockImplementation((...args) => {
      if (isInside) return right(...args);
      isInside = true;
      try {
        return wrong(...args);
      } finally {
        isInside = false;
      }
    });
    expect(await scdDeviation('maximal', PLAIN, 4)).toBeGreaterThan(10);
  });

  const cases = fc.record({
    model: fc.record({
      grid: fc.record({ height: fc.integer({ min: 1, max: 6 }), width: fc.integer({ min: 1, max: 7 }) }),
      terminators: fc.constantFrom(
        { after: 'no-row' as const },
        { after: 'each-row' as const, token: 7 },
        { after: 'each-row-but-the-last' as const, token: 7 },
      ),
      codes: fc.integer({ min: 2, max: 6 }),
      seed: fc.nat(2 ** 31),
      sensitivity: fc.constantFrom(0, 0.5, 2, 8),
      guidance: fc.constantFrom(1, 2.5),
    }),
    options: fc.record({
      seed: fc.nat(2 ** 31),
      draftWindow: fc.integer({ min: 1, max: 50 }),
      coupling: fc.constantFrom(...COUPLINGS),
    }),
  });

  async function stepsOf(steps: AsyncIterable<DecodedStep>): Promise<DecodedStep[]> {
    const all: DecodedStep[] = [];
    for await (const step of steps) all.push(step);
    return all;
  }

  it('makes raster order’s picture when greedy: nothing that a decision saw was a wrong draft', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ model, options }) => {
        const greedy = { ...PLAIN, greedy: true };
        const { width } = model.grid;
        const raster = await stepsOf(
          decodeZipar(new HashForward(model), {
            ...{ ...greedy, seed: options.seed, window: width },
            ...{ firstRow: 'windowed', rowStart: 'fixed', standIn: 'nearest' },
          }),
        );
        const scd = await stepsOf(decodeScd(new HashForward(model), { ...greedy, ...options }));
        const picture = (steps: readonly DecodedStep[]) =>
          steps.flatMap(({ decisions }) =>
            decisions.map(({ position, token, probability, entropy }) => [
              position,
              token,
              probability,
              entropy,
            ]),
          );
        expect(picture(scd)).toEqual(picture(raster));
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('decides a cell in each step at least, promises no more steps than it takes, and tells of its drafts', async () => {
    let confirmed = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ model, options }) => {
        const steps = await stepsOf(decodeScd(new HashForward(model), { ...PLAIN, ...options }));
        const drafts = new Map<number, number>();
        for (const { step, decisions, leastSteps, events } of steps) {
          expect(decisions.length).toBeGreaterThan(0);
          expect(decisions.length).toBeLessThanOrEqual(options.draftWindow);
          expect(leastSteps).toBeLessThanOrEqual(steps.length);
          expect(leastSteps).toBeGreaterThanOrEqual(step);
          for (const event of events) {
            expect(event.kind).toBe(
              drafts.has(event.position)
                ? drafts.get(event.position) === event.token
                  ? 'confirmed'
                  : 'corrected'
                : 'drafted',
            );
            drafts.set(event.position, event.token);
            if (event.kind === 'confirmed') confirmed++;
          }
          for (const { position, token } of decisions)
            if (drafts.has(position)) expect(drafts.get(position)).toBe(token);
        }
        expect(steps.at(-1)?.leastSteps).toBe(steps.length);
        if (options.draftWindow === 1) expect(steps.length).toBe(model.grid.height * model.grid.width);
      }),
      { seed: 4, numRuns: 300 },
    );
    expect(confirmed).toBeGreaterThan(300);
  });
});
