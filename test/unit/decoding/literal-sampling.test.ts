/** Compares the sampler with its specification: the same tokens, and the same numbers up to rounding. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenNoise, uniformAt, type TokenNoise } from '../../../sidecar/decoding/noise';
import {
  chooseToken,
  distributionOf,
  drawToken,
  type SamplingOptions,
} from '../../../sidecar/decoding/sampling';
import * as literal from '../../sampling/literal-sampling';

const PLAIN: SamplingOptions = { temperature: 1, topK: 0, topP: 1, greedy: false };
const LAST_SHARE = 1 - 2 ** -53;

function expectSameChoice(logits: Float32Array, options: SamplingOptions, noise: TokenNoise): void {
  const expected = literal.chooseToken(logits, options, noise);
  const { token, probability, entropy } = chooseToken(logits, options, noise);
  expect({ token, probability }).toEqual({ token: expected.token, probability: expected.probability });
  expect(entropy).toBeCloseTo(expected.entropy, 10);
}

/** Logits of many kinds: spread, tied, cut off, outliers, nearly equal. */
const logit = fc.oneof(
  { weight: 6, arbitrary: fc.float({ min: -20, max: 20, noNaN: true }) },
  { weight: 4, arbitrary: fc.integer({ min: -4, max: 4 }) },
  { weight: 2, arbitrary: fc.constant(-Infinity) },
  { weight: 1, arbitrary: fc.float({ min: Math.fround(-1e-30), max: Math.fround(1e-30), noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
);
const logitRow = fc
  .array(logit, { minLength: 1, maxLength: 200 })
  .map((values) => Float32Array.from(values))
  .filter((row) => row.some((value) => value > -Infinity));
const sampling = fc.record({
  temperature: fc.oneof(fc.constant(1), fc.double({ min: 1e-3, max: 100, noNaN: true })),
  topK: fc.oneof(fc.constant(0), fc.nat(250)),
  topP: fc.oneof(
    fc.constant(1),
    fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true }),
    fc.constantFrom(Number.MIN_VALUE, LAST_SHARE),
  ),
  greedy: fc.integer({ min: 0, max: 9 }).map((tenth) => tenth === 0),
});
const word = fc.oneof(fc.nat({ max: 2 ** 32 - 1 }), fc.constantFrom(0, 2 ** 32 - 1));
const noise = fc.record({ first: word, second: word });

describe('the sampler draws what the literal one draws', () => {
  it('from logits of every kind, with every setting', () => {
    fc.assert(fc.property(logitRow, sampling, noise, expectSameChoice), { seed: 12, numRuns: 5000 });
  });

  it('and has the same distribution', () => {
    fc.assert(
      fc.property(logitRow, sampling, (logits, options) => {
        expect(distributionOf(logits, options)).toEqual(literal.distributionOf(logits, options));
      }),
      { seed: 13, numRuns: 1000 },
    );
  });

  it('from weights that are not a softmax: zeros, ties, subnormal numbers, sums above 1', () => {
    const weight = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom(0, 0.25, 1, Number.MIN_VALUE, 2 ** -1040),
      fc.double({ min: 0, max: 1e280, noNaN: true }),
    );
    const weights = fc.array(weight, { minLength: 1, maxLength: 200 }).map((row) => Float64Array.from(row));
    fc.assert(
      fc.property(weights, noise, (row, ofCell) => {
        fc.pre(row.some((value) => value > 1e-280));
        expect(drawToken(row, ofCell)).toBe(literal.drawToken(row, ofCell));
      }),
      { seed: 14, numRuns: 5000 },
    );
  });

  it.each([
    ['like noise', (i: number) => uniformAt(1, i) - 0.5],
    ['peaked', (i: number) => 12 * uniformAt(2, i) ** 8],
    ['tied', (i: number) => Math.floor(6 * uniformAt(3, i))],
    ['all equal', () => 1],
    ['crowded beside an outlier', (i: number) => (i === 77 ? -3e38 : uniformAt(4, i))],
    ['mostly cut off', (i: number) => (i % 100 === 0 ? uniformAt(5, i) : -Infinity)],
  ])('from a published vocabulary whose logits are %s', (_, logitAt) => {
    const logits = Float32Array.from({ length: 16384 }, (__, i) => logitAt(i));
    for (const topK of [0, 1, 2000, 16383, 16384, 20000])
      for (const topP of [1, 0.9, 1e-6])
        for (const seed of [6, 7]) expectSameChoice(logits, { ...PLAIN, topK, topP }, tokenNoise(seed, topK));
  });

  it.each([[[NaN, 1]], [[-Infinity]], [[Infinity, 0]], [[]]])('and refuses %j like it', (values) => {
    const logits = Float32Array.from(values);
    const message = (choose: typeof literal.chooseToken): unknown => {
      try {
        return choose(logits, PLAIN, tokenNoise(1, 0));
      } catch (error) {
        return String(error);
      }
    };
    expect(message(chooseToken)).toMatch(/^SamplingError/);
    expect(message(chooseToken)).toBe(message(literal.chooseToken));
  });
});
