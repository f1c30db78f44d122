import { Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SamplingOptions } from '../../../sidecar/decoding/sampling';
import { GraphSampler } from '../../../sidecar/model/sampler/graph-sampler';
import { compareSamplers, everySampling } from '../../sampling/compare-samplers';

const CPU = { provider: 'cpu', threads: 1 } as const;
const PLAIN: SamplingOptions = { temperature: 1, topK: 0, topP: 1, greedy: false };

describe('drawing in a graph', () => {
  it('chooses what the host chooses, whatever is cut off, with ties and with impossible tokens', async () => {
    const samplings = everySampling([0.05, 0.8, 1, 4], [0, 1, 7, 5000], [1, 0.9, 0.3]);
    const found = await compareSamplers(CPU, [2, 5, 60, 97, 1024], samplings);
    expect(found.differing).toEqual([]);
    expect(found.cells).toBe(49 * 4 * 5 * 3);
    expect(found.undecided / found.cells).toBeLessThan(0.01);
    expect(found.probabilityError).toBeLessThan(1e-4);
    expect(found.entropyError).toBeLessThan(1e-4);
  });

  it("chooses what the host chooses from a published model's 16384 tokens", async () => {
    const found = await compareSamplers(CPU, [16384], everySampling([1], [0, 2000], [1, 0.9]));
    expect(found.differing).toEqual([]);
    expect(found.undecided / found.cells).toBeLessThan(0.2);
  });

  describe('of four tokens', () => {
    let sampler: GraphSampler;
    beforeAll(async () => {
      sampler = await GraphSampler.open(4, CPU);
    });
    const choose = (logits: readonly number[], sampling: SamplingOptions, uniform: number) =>
      sampler.choose(new Tensor('float32', Float32Array.from(logits), [1, 1, 4]), [1], {
        sampling,
        uniforms: [uniform],
      });
    const [A, B] = [Math.log(0.5), Math.log(0.25)];

    it('goes by probability, and by index among equal ones', async () => {
      const logits = [-Infinity, B, A, B];
      expect(await choose(logits, PLAIN, 0.4)).toMatchObject([{ token: 2 }]);
      expect(await choose(logits, PLAIN, 0.6)).toMatchObject([{ token: 1 }]);
      expect(await choose(logits, PLAIN, 0.9)).toMatchObject([{ token: 3 }]);
      expect((await choose(logits, PLAIN, 0.9))?.[0]?.probability).toBeCloseTo(0.25);
      expect((await choose(logits, PLAIN, 0.9))?.[0]?.entropy).toBeCloseTo(1.5 * Math.LN2);
    });

    it('leaves to the host a draw that rounding could decide', async () => {
      const logits = [-Infinity, B, A, B];
      expect(await choose(logits, PLAIN, 0.5)).toBeUndefined();
      expect(await choose(logits, PLAIN, 0.5 + 1e-7)).toBeUndefined();
      expect(await choose(logits, PLAIN, 0.5001)).toBeDefined();
    });

    it('measures the nucleus within the top k, and leaves its edge to the host only if the draw depends on it', async () => {
      const logits = [B, A, B, -9];
      expect(await choose(logits, { ...PLAIN, topK: 2, topP: 0.5 }, 0.99)).toMatchObject([{ token: 1 }]);
      expect(await choose(logits, { ...PLAIN, topK: 2, topP: 0.7 }, 0.99)).toMatchObject([{ token: 0 }]);
      // The first two tokens reach exactly 0.75 of the whole. Whether the third is included changes the draw by up to a
      // quarter.
      const onEdge = { ...PLAIN, topK: 3, topP: 0.75 };
      expect(await choose(logits, onEdge, 0.6)).toBeUndefined();
      expect(await choose(logits, onEdge, 0.1)).toMatchObject([{ token: 1 }]);
    });

    it('takes the likeliest when greedy, and says how likely it is without any cut', async () => {
      const [choice] =
        (await choose([0, 1, 1, 0], { temperature: 9, topK: 1, topP: 0.1, greedy: true }, 0.9)) ?? [];
      expect(choice?.token).toBe(1);
      expect(choice?.probability).toBeCloseTo(Math.E / (2 * Math.E + 2), 5);
    });

    it('is as sure at extreme temperatures as the host', async () => {
      expect(await choose([0, 0.001, 0, -5], { ...PLAIN, temperature: 1e-40 }, 0.999)).toMatchObject([
        { token: 1, probability: 1, entropy: 0 },
      ]);
      expect(await choose([0, -Infinity, 0, 8], { ...PLAIN, temperature: 1e39 }, 0.5)).toMatchObject([
        { token: 0 },
      ]);
    });

    it.each([[[NaN, 0, 0, 0]], [[0, 0, Infinity, 0]], [[-Infinity, -Infinity, -Infinity, -Infinity]]])(
      'decides nothing from logits that define no distribution: %j',
      async (logits) => {
        expect(await choose(logits, PLAIN, 0.3)).toBeUndefined();
      },
    );
  });
});
