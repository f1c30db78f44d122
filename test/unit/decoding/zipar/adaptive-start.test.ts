import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveStart, judge } from '../../../../sidecar/decoding/zipar/adaptive-start';
import { tokenNoise, uniformAt } from '../../../../sidecar/decoding/noise';
import { chooseToken, drawToken, type SamplingOptions } from '../../../../sidecar/decoding/sampling';

const DRAWS = 20_000;

/** Changes that one more token of the row above may make to five tokens: small shifts, a reversal, tokens gained and lost. */
const WIDENING = [
  [0.5, 0.3, 0.15, 0.05, 0],
  [0.35, 0.35, 0.2, 0.05, 0.05],
  [0.05, 0.2, 0.05, 0.4, 0.3],
  [0.2, 0.5, 0, 0.1, 0.2],
].map((probabilities) => Float64Array.from(probabilities));

/** Critical chi-square values that 0.1 % of seeds exceed, by degrees of freedom. */
const CRITICAL = [NaN, 10.83, 13.82, 16.27, 18.47] as const;

/** Expects token counts to follow the given probabilities. Tokens of probability 0 must not occur. */
function expectToFollow(tokens: readonly number[], expected: readonly number[]): void {
  const counts = expected.map((_, token) => tokens.filter((drawn) => drawn === token).length);
  let chiSquare = 0;
  for (const [token, probability] of expected.entries()) {
    const due = probability * tokens.length;
    if (probability === 0) expect(counts[token]).toBe(0);
    else chiSquare += ((counts[token] ?? 0) - due) ** 2 / due;
  }
  const freedom = expected.filter((probability) => probability > 0).length - 1;
  expect(chiSquare, `counts ${counts.join(', ')}`).toBeLessThan(CRITICAL[freedom] ?? NaN);
}

function at(window: number): Float64Array {
  return WIDENING[window] ?? new Float64Array();
}

function logitsOf(probabilities: Float64Array): Float32Array {
  return Float32Array.from(probabilities, Math.log);
}

/** Judges a candidate with the draws of one cell, as `AdaptiveStart` numbers them. */
function judged(candidate: number, window: number, cell: number, seed: number) {
  return judge(candidate, at(window - 1), at(window), {
    acceptance: uniformAt(seed, cell, 2 * window - 1),
    replacement: tokenNoise(seed, cell, 2 * window),
  });
}

const CELLS = Array.from({ length: DRAWS }, (_, cell) => cell);

describe('judging a candidate', () => {
  it.each([1, 2, 3])(
    'yields tokens of the wider window’s distribution when it was drawn from the narrower one’s (%i)',
    (window) => {
      const tokens = CELLS.map((cell) => {
        const candidate = drawToken(at(window - 1), tokenNoise(17, cell));
        return judged(candidate, window, cell, 17).token;
      });
      expectToFollow(tokens, [...at(window)]);
    },
  );

  it('yields tokens of the widest window’s distribution when each verdict’s token is judged again', () => {
    const tokens = CELLS.map((cell) => {
      let token = drawToken(at(0), tokenNoise(23, cell));
      for (const window of [1, 2, 3]) token = judged(token, window, cell, 23).token;
      return token;
    });
    expectToFollow(tokens, [...at(3)]);
  });

  it('accepts as often as the two distributions overlap', () => {
    const accepted = CELLS.map((cell) =>
      judged(drawToken(at(1), tokenNoise(29, cell)), 2, cell, 29).accepted ? 1 : 0,
    );
    const overlap = [...at(2)].reduce((sum, wider, token) => sum + Math.min(wider, at(1)[token] ?? 0), 0);
    expectToFollow(accepted, [1 - overlap, overlap]);
  });

  it('says how probable the candidate was and is', () => {
    const random = { acceptance: 0.99, replacement: tokenNoise(1, 0) };
    expect(judge(0, at(1), at(2), random)).toEqual({
      accepted: false,
      token: drawToken(Float64Array.of(0, 0, 0, 0.35, 0.25), tokenNoise(1, 0)),
      narrower: 0.35,
      wider: 0.05,
    });
    expect(judge(3, at(1), at(2), random)).toEqual({
      accepted: true,
      token: 3,
      narrower: 0.05,
      wider: 0.4,
    });
  });

  it('replaces a candidate only by a token that became more probable', () => {
    const weights = fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }).filter((list) => list.some(Boolean));
    const distribution = weights.map((list) => {
      const total = list.reduce((sum, weight) => sum + weight, 0);
      return Float64Array.from(list, (weight) => weight / total);
    });
    const acceptance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(distribution, distribution, acceptance, fc.nat(), (narrower, wider, uniform, cell) => {
        const candidate = drawToken(narrower, tokenNoise(1, cell));
        const random = { acceptance: uniform, replacement: tokenNoise(1, cell, 2) };
        const { accepted, token } = judge(candidate, narrower, wider, random);
        if (accepted) expect(token).toBe(candidate);
        else expect(wider[token]).toBeGreaterThan(narrower[token] ?? NaN);
      }),
      { seed: 9, numRuns: 2000 },
    );
  });

  it('keeps a candidate whose loss is so small that rounding hides who gained it', () => {
    const narrower = Float64Array.of(0.5, 0.5);
    const wider = Float64Array.of(0.5 - 2 ** -54, 0.5);
    const { accepted } = judge(0, narrower, wider, {
      acceptance: 1 - 2 ** -53,
      replacement: tokenNoise(1, 0),
    });
    expect(accepted).toBe(true);
  });
});

describe('the start of a row', () => {
  const PLAIN: SamplingOptions = { temperature: 1, topK: 0, topP: 1, greedy: false };

  /** Widens the window until the token is decided. The last distribution is that of the complete row. */
  function decidedToken(from: number, to: number, cell: number): number {
    const start = new AdaptiveStart(PLAIN, 31);
    for (let window = from; ; window++) {
      const { choice } = start.weigh(cell, logitsOf(at(window)), window === to);
      if (choice) return choice.token;
    }
  }

  /**
   * The distribution of a token that is judged until it is accepted. It is computed by moving probability instead of drawing.
   */
  function law(from: number, to: number): number[] {
    const decided = at(0).map(() => 0);
    let waiting = at(from);
    for (let window = from + 1; window <= to; window++) {
      const [narrower, wider] = [at(window - 1), at(window)];
      const staying = waiting.map(
        (mass, token) => mass * Math.min(1, mass > 0 ? (wider[token] ?? 0) / (narrower[token] ?? 0) : 0),
      );
      staying.forEach((mass, token) => {
        decided[token] = (decided[token] ?? 0) + mass;
      });
      const rejected = waiting.reduce((sum, mass, token) => sum + mass - (staying[token] ?? 0), 0);
      const gains = wider.map((mass, token) => Math.max(0, mass - (narrower[token] ?? 0)));
      const gained = gains.reduce((sum, gain) => sum + gain, 0);
      waiting = gains.map((gain) => (rejected * gain) / gained);
    }
    return [...decided.map((mass, token) => mass + (waiting[token] ?? 0))];
  }

  it('follows raster order’s distribution exactly when one token is missing in the row above', () => {
    const tokens = CELLS.map((cell) => decidedToken(2, 3, cell));
    expect(law(2, 3)).toEqual([...at(3)].map((probability) => expect.closeTo(probability, 12) as number));
    expectToFollow(tokens, [...at(3)]);
  });

  it.each([0, 1])(
    'follows the expected distribution when it may be accepted at several windows from %i on',
    (from) => {
      const tokens = CELLS.map((cell) => decidedToken(from, 3, cell));
      expectToFollow(tokens, law(from, 3));
    },
  );

  it('is drawn as in raster order if the row above is already complete', () => {
    for (let cell = 0; cell < 200; cell++) {
      const logits = logitsOf(at(1));
      expect(new AdaptiveStart(PLAIN, 5).weigh(cell, logits, true)).toEqual({
        choice: chooseToken(logits, PLAIN, tokenNoise(5, cell)),
        judgement: undefined,
      });
    }
  });

  it('judges after temperature, top-k and top-p', () => {
    const start = new AdaptiveStart({ ...PLAIN, topK: 2 }, 5);
    expect(start.weigh(16, logitsOf(at(0)), false)).toEqual({ choice: undefined, judgement: undefined });
    // The two likeliest tokens were 0 and 1, and are now 3 and 4.
    const { judgement } = start.weigh(16, logitsOf(at(2)), false);
    expect([0.625, 0.375]).toContainEqual(expect.closeTo(judgement?.narrower ?? NaN, 6));
    expect(judgement).toMatchObject({ position: 16, accepted: false, wider: 0 });
  });

  it('starts again for the next row', () => {
    const start = new AdaptiveStart(PLAIN, 5);
    start.weigh(16, logitsOf(at(0)), false);
    expect(start.weigh(16, logitsOf(at(0)), false).judgement).toMatchObject({ accepted: true });
    expect(start.weigh(32, logitsOf(at(1)), false)).toEqual({ choice: undefined, judgement: undefined });
  });
});
