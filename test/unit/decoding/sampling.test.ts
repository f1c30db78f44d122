import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guide } from '../../../sidecar/decoding/classifier-free-guidance';
import { noiseWord, tokenNoise, uniformAt, type TokenNoise } from '../../../sidecar/decoding/noise';
import { gumbel, noiseWord as literalNoiseWord } from '../../sampling/literal-noise';
import {
  checkSamplingOptions,
  chooseToken,
  describeChoice,
  distributionOf,
  SamplingError,
  type SamplingOptions,
} from '../../../sidecar/decoding/sampling';

const PLAIN: SamplingOptions = { temperature: 1, topK: 0, topP: 1, greedy: false };
const SOME_NOISE = tokenNoise(1, 0);

/** The naive choice: sorts everything, cuts, renormalises, and takes the greatest ln p + g. */
function naiveChoice(
  logits: Float32Array,
  { temperature, topK, topP }: SamplingOptions,
  noise: TokenNoise,
): { token: number; probability: number; entropy: number } {
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
  const valueOf = ({ token, p }: { token: number; p: number }): number => Math.log(p) + gumbel(noise, token);
  const values = candidates.map(valueOf);
  const chosen = candidates[values.indexOf(values.reduce((a, b) => Math.max(a, b)))];
  if (!chosen) throw new Error('no candidates');
  const entropy = -candidates.reduce((sum, { p }) => sum + (p > 0 ? (p / mass) * Math.log(p / mass) : 0), 0);
  return { token: chosen.token, probability: chosen.p / mass, entropy };
}

describe('choosing a token', () => {
  it('agrees with sorting everything and adding the noise of every token', () => {
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
        fc.nat(),
        (values, options, seed) => {
          const logits = Float32Array.from(values);
          const noise = tokenNoise(seed, 3);
          const naive = naiveChoice(logits, { ...options, greedy: false }, noise);
          const choice = chooseToken(logits, { ...options, greedy: false }, noise);
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
        const noise = tokenNoise(4, topK, draw);
        const naive = naiveChoice(logits, { ...PLAIN, topK }, noise);
        const choice = chooseToken(logits, { ...PLAIN, topK }, noise);
        expect(choice.token).toBe(naive.token);
        expect(choice.probability).toBeCloseTo(naive.probability, 9);
        expect(choice.entropy).toBeCloseTo(naive.entropy, 9);
        expect(distributionOf(logits, { ...PLAIN, topK })[choice.token]).toBeCloseTo(naive.probability, 9);
        expect(describeChoice(logits, { ...PLAIN, topK }, choice.token)).toEqual({
          ...choice,
          margin: Infinity,
        });
      }
    },
  );

  it('draws as often as the distribution says, after temperature, top-k and top-p', () => {
    const logits = Float32Array.from({ length: 30 }, (_, token) => 3 * uniformAt(9, token));
    for (const options of [PLAIN, { ...PLAIN, temperature: 0.6, topK: 12 }, { ...PLAIN, topP: 0.8 }]) {
      const expected = distributionOf(logits, options);
      const counts = expected.map(() => 0);
      const draws = 30_000;
      for (let i = 0; i < draws; i++) {
        const { token } = chooseToken(logits, options, tokenNoise(11, i));
        counts[token] = (counts[token] ?? 0) + 1;
      }
      const possible = expected.filter((p) => p > 0).length;
      let chiSquared = 0;
      for (const [token, p] of expected.entries()) {
        if (p === 0) expect(counts[token]).toBe(0);
        else chiSquared += ((counts[token] ?? 0) - draws * p) ** 2 / (draws * p);
      }
      // Mean and deviation of chi-square; 4 deviations are exceeded once in 10,000 times.
      expect(chiSquared).toBeLessThan(possible - 1 + 4 * Math.sqrt(2 * (possible - 1)));
    }
  });

  it('takes the likeliest, the first of equals, when greedy', () => {
    expect(chooseToken(Float32Array.of(1, 3, 3, 2), { ...PLAIN, greedy: true }, SOME_NOISE).token).toBe(1);
  });

  it('keeps just the nucleus', () => {
    const logits = Float32Array.from([0.6, 0.3, 0.1], Math.log);
    const tokens = (topP: number): Set<number> =>
      new Set(
        Array.from(
          { length: 200 },
          (_, cell) => chooseToken(logits, { ...PLAIN, topP }, tokenNoise(1, cell)).token,
        ),
      );
    expect(tokens(0.5)).toEqual(new Set([0]));
    expect(tokens(0.7)).toEqual(new Set([0, 1]));
    expect(tokens(1)).toEqual(new Set([0, 1, 2]));
    expect(chooseToken(logits, { ...PLAIN, topP: 0.5 }, SOME_NOISE)).toMatchObject({
      probability: 1,
      entropy: 0,
    });
  });

  it('never draws a token of probability zero', () => {
    const logits = Float32Array.of(-Infinity, 0, -Infinity);
    for (let cell = 0; cell < 100; cell++)
      expect(chooseToken(logits, PLAIN, tokenNoise(1, cell)).token).toBe(1);
  });

  it.each([
    [Float32Array.of(NaN, 1)],
    [Float32Array.of(-Infinity, -Infinity)],
    [Float32Array.of(Infinity, 0)],
  ])('refuses logits that are no distribution: %s', (logits) => {
    expect(() => chooseToken(logits, PLAIN, SOME_NOISE)).toThrow(SamplingError);
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

describe('the margin of a choice', () => {
  const choose = (logits: readonly number[], options: Partial<SamplingOptions>, cell: number) =>
    chooseToken(Float32Array.from(logits), { ...PLAIN, ...options }, tokenNoise(5, cell));

  it('is the least shift of one logit that changes the token', () => {
    const random = (cell: number, i: number): number => 3 * uniformAt(cell, i, 7);
    for (let cell = 0; cell < 300; cell++) {
      const logits = Array.from({ length: 12 }, (_, i) => Math.fround(random(cell, i)));
      const { token, margin } = choose(logits, {}, cell);
      const shifted = (by: number): number =>
        Math.min(
          ...logits.map((_, i) => {
            const moved = logits.map((logit, j) => (i === j ? logit + (i === token ? -by : by) : logit));
            return choose(moved, {}, cell).token === token ? 1 : 0;
          }),
        );
      expect(shifted(margin - 1e-5), `cell ${cell}`).toBe(1);
      expect(shifted(margin + 1e-5), `cell ${cell}`).toBe(0);
    }
  });

  it('is the lead over the next token when greedy, and without end when one token is left', () => {
    expect(choose([1, 3, 2.5], { greedy: true }, 0).margin).toBe(0.5);
    expect(choose([3, 3], { greedy: true }, 0).margin).toBe(0);
    expect(choose([1, 3, 2.5], { topK: 1 }, 0).margin).toBe(Infinity);
  });

  it.each([
    ['top-k', [2, 1, 1 - 1e-5, 0], { topK: 2 }],
    // The first token has a share of 1/2, but for rounding: the nucleus may or may not need the second.
    ['the nucleus', [Math.log(2) + 2e-6, 0, 0 - 1e-6], { topP: 0.5 }],
  ])(
    'is small where rounding may move a token that matters across the edge of %s',
    (edge, logits, options) => {
      const margins = Array.from({ length: 400 }, (_, cell) => {
        const { token, margin } = choose(logits, options, cell);
        return { token, isTie: margin < 1e-4 };
      });
      const ties = margins.filter(({ isTie }) => isTie);
      // The tokens at the edge win in some cells, and lose so clearly in others that the edge does not matter.
      expect(ties.length).toBeGreaterThan(40);
      expect(ties.length).toBeLessThan(320);
      if (edge === 'top-k') for (const { token, isTie } of margins) if (token === 1) expect(isTie).toBe(true);
    },
  );
});

/** Chi-square of counts against equal counts. */
function chiSquare(counts: ReadonlyMap<number, number>, kinds: number, total: number): number {
  const due = total / kinds;
  const counted = [...counts.values()].reduce((sum, count) => sum + (count - due) ** 2 / due, 0);
  return counted + (kinds - counts.size) * due;
}

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

  it('of a token is what its definition says, in whole numbers', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.nat(2 ** 32 - 1), fc.nat(300_000), (first, second, token) => {
        expect(noiseWord({ first, second }, token)).toBe(literalNoiseWord({ first, second }, token));
      }),
      { seed: 5, numRuns: 2000 },
    );
    expect(noiseWord(tokenNoise(7, 0), 0)).not.toBe(noiseWord(tokenNoise(7, 0, 1), 0));
  });

  it('lets no two tokens of a cell have the same number', () => {
    const noise = tokenNoise(3, 9);
    expect(new Set(Array.from({ length: 50_000 }, (_, token) => noiseWord(noise, token))).size).toBe(50_000);
  });

  it('makes each of many tokens the first, and each pair the first two, equally often', () => {
    const [tokens, cells] = [16, 60_000];
    const firsts = new Map<number, number>();
    const pairs = new Map<number, number>();
    for (let cell = 0; cell < cells; cell++) {
      const noise = tokenNoise(21, cell);
      const ranked = Array.from({ length: tokens }, (_, token) => noiseWord(noise, token))
        .map((word, token) => ({ word, token }))
        .sort((a, b) => a.word - b.word);
      const [first = NaN, second = NaN] = ranked.map(({ token }) => token);
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
      pairs.set(tokens * first + second, (pairs.get(tokens * first + second) ?? 0) + 1);
    }
    expect(chiSquare(firsts, tokens, cells)).toBeLessThan(37.7); // 0.1 % at 15 degrees of freedom
    expect(chiSquare(pairs, tokens * (tokens - 1), cells)).toBeLessThan(311); // 0.1 % at 239
  });

  it('is independent from token to token: pairs of neighbours fill a square evenly', () => {
    for (const distance of [1, 2, 16, 1024]) {
      const bins = new Map<number, number>();
      for (let cell = 0; cell < 4; cell++) {
        const noise = tokenNoise(31, cell);
        for (let token = 0; token < 16_384; token++) {
          const [x, y] = [noiseWord(noise, token) >>> 28, noiseWord(noise, token + distance) >>> 28];
          bins.set(16 * x + y, (bins.get(16 * x + y) ?? 0) + 1);
        }
      }
      expect(chiSquare(bins, 256, 4 * 16_384), `distance ${distance}`).toBeLessThan(330.5); // 0.1 % at 255
    }
  });

  it('yields one token for two near distributions at least as often as (1 - TV) / (1 + TV)', () => {
    const cells = 4000;
    for (let pair = 0; pair < 12; pair++) {
      const logits = [0, 1].map((side) =>
        Float32Array.from(
          { length: 40 },
          (_, i) => 4 * uniformAt(pair, i) + 0.12 * pair * uniformAt(pair, i, side + 1),
        ),
      );
      const [p, q] = logits.map((row) => [...distributionOf(row, PLAIN)]);
      const distance = (p ?? []).reduce((sum, x, token) => sum + Math.abs(x - (q?.[token] ?? NaN)), 0) / 2;
      let same = 0;
      for (let cell = 0; cell < cells; cell++) {
        const [a, b] = logits.map((row) => chooseToken(row, PLAIN, tokenNoise(41, cell)).token);
        if (a === b) same++;
      }
      const least = (1 - distance) / (1 + distance);
      const deviation = Math.sqrt((least * (1 - least)) / cells);
      expect(same / cells).toBeGreaterThanOrEqual(least - 3 * deviation);
      if (pair === 0) expect(same).toBe(cells);
      else expect(distance).toBeGreaterThan(0.005);
    }
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
