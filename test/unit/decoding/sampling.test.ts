import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guide } from '../../../sidecar/decoding/classifier-free-guidance';
import { uniformAt } from '../../../sidecar/decoding/noise';
import {
  checkSamplingOptions,
  chooseToken,
  describeChoice,
  distributionOf,
  SamplingError,
  type SamplingOptions,
} from '../../../sidecar/decoding/sampling';

const PLAIN: SamplingOptions = { temperature: 1, topK: 0, topP: 1, greedy: false };

/** The naive choice: sorts everything, cuts, renormalises, and adds up the sum. */
function naiveChoice(logits: Float32Array, { temperature, topK, topP }: SamplingOptions, uniform: number) {
  const scaled = Array.from(logits, (logit) => logit / temperature);
  const max = Math.max(...scaled);
  const total = scaled.reduce((sum, logit) => sum + Math.exp(logit - max), 0);
  let candidates = scaled.map((logit, token) => ({ token, p: Math.exp(logit - max) / total }));
  candidates.sort((a, b) => b.p - a.p || a.token - b.token);
  if (topK > 0) candidates = candidates.slice(0, topK);
  const keptMass = candidates.reduce((sum, { p }) => sum + p, 0);
  let cumulated = 0;
  if (topP < 1) {
    candidates = candidates.filter(({ p }) => {
      const isNeeded = cumulated < topP * keptMass;
      cumulated += p;
      return isNeeded;
    });
  }
  const mass = candidates.reduce((sum, { p }) => sum + p, 0);
  let walked = 0;
  const chosen =
    candidates.find(({ p }) => (walked += p / mass) > uniform) ?? candidates[candidates.length - 1];
  if (!chosen) throw new Error('no candidates');
  const entropy = -candidates.reduce((sum, { p }) => sum + (p > 0 ? (p / mass) * Math.log(p / mass) : 0), 0);
  // Distance of the draw from a boundary between two candidates. Below rounding, either answer is right.
  let edge = 0;
  const margin = Math.min(...candidates.map(({ p }) => Math.abs((edge += p / mass) - uniform)));
  return { token: chosen.token, probability: chosen.p / mass, entropy, margin };
}

describe('choosing a token', () => {
  it('agrees with sorting everything and walking the cumulated sum', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: -512, max: 512 }).map((sixtyfourth) => sixtyfourth / 64),
          { minLength: 1, maxLength: 40 },
        ),
        fc.record({
          temperature: fc.double({ min: 0.2, max: 3, noNaN: true }),
          topK: fc.nat(45),
          topP: fc.oneof(fc.constant(1), fc.double({ min: 0.05, max: 1, noNaN: true })),
        }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (values, options, uniform) => {
          const logits = Float32Array.from(values);
          const naive = naiveChoice(logits, { ...options, greedy: false }, uniform);
          fc.pre(naive.margin > 1e-9);
          const choice = chooseToken(logits, { ...options, greedy: false }, uniform);
          expect(choice.token).toBe(naive.token);
          expect(choice.probability).toBeCloseTo(naive.probability, 9);
          expect(choice.entropy).toBeCloseTo(naive.entropy, 9);
        },
      ),
      { seed: 7, numRuns: 2000 },
    );
  });

  it.each([1, 2, 30, 1000, 2999, 3000])(
    'cuts a large vocabulary full of equal logits to the top %d',
    (topK) => {
      const logits = Float32Array.from({ length: 3000 }, (_, i) =>
        i % 7 === 0 ? -Infinity : Math.floor(40 * uniformAt(3, i)) / 8,
      );
      for (let draw = 0; draw < 50; draw++) {
        const uniform = uniformAt(4, topK, draw);
        const naive = naiveChoice(logits, { ...PLAIN, topK }, uniform);
        if (naive.margin < 1e-9) continue;
        const choice = chooseToken(logits, { ...PLAIN, topK }, uniform);
        expect(choice.token).toBe(naive.token);
        expect(choice.probability).toBeCloseTo(naive.probability, 9);
        expect(choice.entropy).toBeCloseTo(naive.entropy, 9);
        expect(distributionOf(logits, { ...PLAIN, topK })[choice.token]).toBeCloseTo(naive.probability, 9);
        expect(describeChoice(logits, { ...PLAIN, topK }, choice.token)).toEqual(choice);
      }
    },
  );

  it('draws as often as the distribution says', () => {
    const probabilities = [0.5, 0.3, 0.15, 0.05];
    const logits = Float32Array.from(probabilities, Math.log);
    const counts = [0, 0, 0, 0];
    const draws = 20_000;
    for (let i = 0; i < draws; i++) {
      const { token } = chooseToken(logits, PLAIN, uniformAt(11, i));
      counts[token] = (counts[token] ?? 0) + 1;
    }
    const chiSquare = probabilities.reduce(
      (sum, p, token) => sum + ((counts[token] ?? 0) - draws * p) ** 2 / (draws * p),
      0,
    );
    expect(chiSquare).toBeLessThan(16.27); // 0.1 % of seeds would exceed it at 3 degrees of freedom
  });

  it('takes the likeliest, the first of equals, when greedy', () => {
    expect(chooseToken(Float32Array.of(1, 3, 3, 2), { ...PLAIN, greedy: true }, 0.99).token).toBe(1);
  });

  it('keeps just the nucleus', () => {
    const logits = Float32Array.from([0.6, 0.3, 0.1], Math.log);
    expect(chooseToken(logits, { ...PLAIN, topP: 0.5 }, 0.999)).toMatchObject({
      token: 0,
      probability: 1,
      entropy: 0,
    });
    expect(chooseToken(logits, { ...PLAIN, topP: 0.7 }, 0.999).token).toBe(1);
  });

  it('never draws a token of probability zero', () => {
    const logits = Float32Array.of(-Infinity, 0, -Infinity);
    for (const uniform of [0, 0.5, 1 - 2 ** -53]) expect(chooseToken(logits, PLAIN, uniform).token).toBe(1);
  });

  it.each([
    [Float32Array.of(NaN, 1)],
    [Float32Array.of(-Infinity, -Infinity)],
    [Float32Array.of(Infinity, 0)],
  ])('refuses logits that are no distribution: %s', (logits) => {
    expect(() => chooseToken(logits, PLAIN, 0.5)).toThrow(SamplingError);
  });

  it.each([
    { temperature: 0 },
    { temperature: -1 },
    { temperature: NaN },
    { topK: -1 },
    { topK: 1.5 },
    { topP: 0 },
    { topP: 1.1 },
  ])('refuses %o', (wrong) => {
    expect(() => {
      checkSamplingOptions({ ...PLAIN, ...wrong });
    }).toThrow(SamplingError);
  });
});

describe('noise', () => {
  it('is a function of seed, position and draw alone', () => {
    const first = [uniformAt(7, 0), uniformAt(7, 1), uniformAt(8, 0), uniformAt(7, 0, 1)];
    uniformAt(3, 3);
    expect([uniformAt(7, 0), uniformAt(7, 1), uniformAt(8, 0), uniformAt(7, 0, 1)]).toEqual(first);
    expect(new Set(first).size).toBe(4);
  });

  it('is the published Philox 2x32-10', () => {
    // Known answers of the Random123 library, from a counter and a key to two words.
    const words = (u: number): [number, number] => [
      Math.floor(u * 2 ** 27),
      Math.floor((u * 2 ** 27 - Math.floor(u * 2 ** 27)) * 2 ** 26),
    ];
    expect(words(uniformAt(0, 0, 0))).toEqual([0xff1dae59 >>> 5, 0x6cd10df2 >>> 6]);
    expect(words(uniformAt(0xffffffff, 0xffffffff, 0xffffffff))).toEqual([
      0x2c3f628b >>> 5,
      0xab4fd7ad >>> 6,
    ]);
    expect(words(uniformAt(0x13198a2e, 0x243f6a88, 0x85a308d3))).toEqual([
      0xdd7ce038 >>> 5,
      0xf62a4c12 >>> 6,
    ]);
  });

  it('is spread evenly over [0, 1)', () => {
    const bins = new Array<number>(16).fill(0);
    for (let position = 0; position < 16_000; position++) {
      const bin = Math.floor(uniformAt(1, position) * 16);
      bins[bin] = (bins[bin] ?? NaN) + 1;
    }
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(37.7); // 0.1 % at 15 degrees of freedom
  });
});

describe('classifier-free guidance', () => {
  it('moves away from the unconditional logits', () => {
    const conditional = Float32Array.of(1, 2, 3);
    guide(conditional, Float32Array.of(0, 2, 4), 3);
    expect([...conditional]).toEqual([3, 2, 1]);
  });
});
