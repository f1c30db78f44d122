import { beforeAll, describe, expect, it } from 'vitest';
import { tokenNoise } from '../../../sidecar/decoding/noise';
import { chooseToken, TIE, type SamplingOptions } from '../../../sidecar/decoding/sampling';
import { GraphSampler } from '../../../sidecar/model/sampler/graph-sampler';
import { gumbel } from '../../sampling/literal-noise';
import { compareSamplers, everySampling } from '../../sampling/compare-samplers';
import { HostTensor } from '../../../sidecar/runtime/tensor';

const CPU = { provider: 'cpu', threads: 1 } as const;
const PLAIN: SamplingOptions = { temperature: 1, topK: 0, topP: 1, greedy: false };

describe('drawing in a graph', () => {
  it('chooses what the host chooses, whatever is cut off, with ties and with impossible tokens', async () => {
    const samplings = everySampling([0.05, 0.8, 1, 4], [0, 1, 7, 5000], [1, 0.9, 0.3]);
    const found = await compareSamplers(CPU, [2, 5, 60, 97, 1024], samplings);
    expect(found.differing).toEqual([]);
    expect(found.cells).toBe(49 * 4 * 5 * 3);
    expect(found.undecided).toBeLessThan(0.03);
    expect(found.probabilityError).toBeLessThan(1e-4);
    expect(found.entropyError).toBeLessThan(1e-4);
  });

  it("chooses what the host chooses from a published model's 16384 tokens", async () => {
    const found = await compareSamplers(CPU, [16384], everySampling([1], [0, 2000], [1, 0.9]));
    expect(found.differing).toEqual([]);
    expect(found.undecided).toBeLessThan(0.2);
  });

  describe('of four tokens', () => {
    let sampler: GraphSampler;
    beforeAll(async () => {
      sampler = await GraphSampler.open(4, CPU);
    });
    const choose = (logits: readonly number[], sampling: SamplingOptions, cell: number) =>
      sampler.choose(new HostTensor('float32', Float32Array.from(logits), [1, 1, 4]), [1], {
        sampling,
        noise: [tokenNoise(1, cell)],
      });
    const tokensOf = async (logits: readonly number[], sampling: SamplingOptions): Promise<Set<number>> => {
      const tokens = new Set<number>();
      for (let cell = 0; cell < 60; cell++) {
        const [choice] = (await choose(logits, sampling, cell)) ?? [];
        if (choice) tokens.add(choice.token);
      }
      return tokens;
    };
    const [A, B] = [Math.log(0.5), Math.log(0.25)];

    it('draws each possible token, and says how probable and how clear it was', async () => {
      expect(await tokensOf([-Infinity, B, A, B], PLAIN)).toEqual(new Set([1, 2, 3]));
      const [choice] = (await choose([-Infinity, B, A, B], PLAIN, 7)) ?? [];
      const expected = chooseToken(Float32Array.of(-Infinity, B, A, B), PLAIN, tokenNoise(1, 7));
      expect(choice?.probability).toBeCloseTo(expected.probability);
      expect(choice?.entropy).toBeCloseTo(1.5 * Math.LN2);
      expect(choice?.margin).toBeCloseTo(expected.margin, 4);
    });

    it('leaves a tie to the host', async () => {
      const noise = tokenNoise(1, 7);
      const [first, second] = [gumbel(noise, 0), gumbel(noise, 1)];
      const decided = async (lead: number): Promise<boolean> =>
        (await choose([0, first - second - lead, -9, -Infinity], PLAIN, 7)) !== undefined;
      expect(await decided(0)).toBe(false);
      expect(await decided(5e-5)).toBe(false);
      expect(await decided(2e-4)).toBe(true);
      expect(await decided(-2e-4)).toBe(true);
    });

    it('cuts off by top-k, and the nucleus within the top k', async () => {
      const logits = [B + 0.01, A, B, -9];
      expect(await tokensOf(logits, { ...PLAIN, topK: 2 })).toEqual(new Set([0, 1]));
      expect(await tokensOf(logits, { ...PLAIN, topK: 2, topP: 0.5 })).toEqual(new Set([1]));
      expect(await tokensOf(logits, { ...PLAIN, topK: 2, topP: 0.7 })).toEqual(new Set([0, 1]));
    });

    it.each([
      ['the top k', [B, A, B, -9], { ...PLAIN, topK: 2 }],
      // The first two tokens reach exactly 0.75 of the whole, but for rounding.
      ['the nucleus', [B, A, B, -99], { ...PLAIN, topK: 3, topP: 0.75 }],
    ])('leaves the edge of %s to the host only if the draw depends on it', async (_, logits, sampling) => {
      let left = 0;
      for (let cell = 0; cell < 60; cell++) {
        const { token, margin } = chooseToken(Float32Array.from(logits), sampling, tokenNoise(1, cell));
        const choices = await choose(logits, sampling, cell);
        if (choices) expect(choices[0]?.token).toBe(token);
        else left++;
        expect(choices === undefined).toBe(margin < TIE);
      }
      expect(left).toBeGreaterThan(5);
      expect(left).toBeLessThan(55);
    });

    it('takes the likeliest when greedy, and says how likely it is without any cut', async () => {
      const [choice] =
        (await choose([0, 1, 0.9, 0], { temperature: 9, topK: 1, topP: 0.1, greedy: true }, 5)) ?? [];
      expect(choice?.token).toBe(1);
      expect(choice?.probability).toBeCloseTo(Math.E / (Math.E + Math.exp(0.9) + 2), 5);
      expect(choice?.margin).toBeCloseTo(0.1, 5);
      expect(await choose([0, 1, 1, 0], { ...PLAIN, greedy: true }, 5)).toBeUndefined();
    });

    it('is as sure at extreme temperatures as the host', async () => {
      for (const [logits, temperature] of [
        [[0, 0.001, 0, -5], 1e-40],
        [[0, -Infinity, 0, 8], 1e39],
      ] as const) {
        const sampling = { ...PLAIN, temperature };
        const { token, probability, entropy } = chooseToken(
          Float32Array.from(logits),
          sampling,
          tokenNoise(1, 3),
        );
        const [choice] = (await choose(logits, sampling, 3)) ?? [];
        expect(choice?.token).toBe(token);
        expect(choice?.probability).toBeCloseTo(probability, 5);
        expect(choice?.entropy).toBeCloseTo(entropy, 5);
      }
    });

    it.each([[[NaN, 0, 0, 0]], [[0, 0, Infinity, 0]], [[-Infinity, -Infinity, -Infinity, -Infinity]]])(
      'decides nothing from logits that define no distribution: %j',
      async (logits) => {
        expect(await choose(logits, PLAIN, 3)).toBeUndefined();
      },
    );
  });
});
