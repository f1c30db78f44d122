import { describe, expect, it } from 'vitest';
import type { Forward } from '../../../sidecar/decoding/forward';
import type { TokenInput } from '../../../sidecar/decoding/token-input';
import {
  RasterLayout,
  type RowTerminators,
  type SequenceLayout,
} from '../../../sidecar/decoding/sequence-layout';
import {
  negativeLogLikelihood,
  teacherForcedLogits,
} from '../../../sidecar/model/transformer/teacher-forcing';

/** A forward whose logits contain the position of their row. It records its inputs. */
class FakeForward implements Forward {
  readonly fed: TokenInput[][] = [];

  constructor(readonly layout: SequenceLayout) {}

  start(): Promise<Float32Array> {
    return Promise.resolve(Float32Array.of(0));
  }

  forget(): void {
    throw new Error('Nothing is fed twice.');
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]> {
    this.fed.push([...inputs]);
    return Promise.resolve(predicting.map((i) => Float32Array.of((inputs[i]?.position ?? NaN) + 1)));
  }
}

async function forced(
  height: number,
  width: number,
  terminators?: RowTerminators,
): Promise<{ fed: TokenInput[][]; rows: number[][] }> {
  const forward = new FakeForward(new RasterLayout({ height, width }, terminators));
  const tokens = Int32Array.from({ length: height * width }, (_, i) => 1000 + i);
  const rows: number[][] = [];
  for await (const pass of teacherForcedLogits(forward, tokens)) rows.push(pass.flatMap((row) => [...row]));
  return { fed: forward.fed, rows };
}

describe('teacher forcing', () => {
  it('takes two steps for 16x16 tokens: the prompt, and all tokens but the last', async () => {
    const { fed, rows } = await forced(16, 16);
    expect(rows.map((row) => row.length)).toEqual([1, 255]);
    expect(fed[0]?.[0]).toEqual({ position: 0, token: 1000 });
    expect(fed[0]?.at(-1)).toEqual({ position: 254, token: 1254 });
  });

  it.each([
    [1, 1, 1],
    [16, 16, 2],
    [1, 257, 2],
    [1, 258, 3],
    [24, 24, 4],
  ])('yields each token of a %ix%i grid once, in order, in %i passes', async (height, width, passes) => {
    const { rows } = await forced(height, width);
    expect(rows.flat()).toEqual(Array.from({ length: height * width }, (_, i) => i));
    expect(rows).toHaveLength(passes);
  });
});

describe('teacher forcing with row terminators', () => {
  it('feeds each terminator at its place, and lets it predict the row that follows', async () => {
    const { fed, rows } = await forced(3, 2, { after: 'each-row', token: 9 });
    expect(fed).toEqual([
      [
        { position: 0, token: 1000 },
        { position: 1, token: 1001 },
        { position: 2, token: 9 },
        { position: 3, token: 1002 },
        { position: 4, token: 1003 },
        { position: 5, token: 9 },
        { position: 6, token: 1004 },
      ],
    ]);
    // The logits belong to the positions of the cells.
    expect(rows.flat()).toEqual([0, 1, 3, 4, 6, 7]);
  });
});

describe('the negative log-likelihood', () => {
  it('is that of a softmax, in nats', () => {
    const logits = Float32Array.of(Math.log(1), Math.log(2), Math.log(5));
    expect(negativeLogLikelihood(logits, 2)).toBeCloseTo(-Math.log(5 / 8), 6);
    expect(negativeLogLikelihood(new Float32Array(128), 7)).toBeCloseTo(Math.log(128), 12);
  });

  it('neither overflows nor depends on a shift of all logits', () => {
    expect(negativeLogLikelihood(Float32Array.of(1000, 1001), 0)).toBeCloseTo(Math.log(1 + Math.E), 6);
    expect(negativeLogLikelihood(Float32Array.of(-1000, 0), 0)).toBeCloseTo(1000, 6);
    expect(negativeLogLikelihood(Float32Array.of(-Infinity, 0), 0)).toBe(Infinity);
  });

  it.each([[[NaN, 0]], [[Infinity, 0]], [[-Infinity, -Infinity]]])('of logits %j is refused', (logits) => {
    expect(() => negativeLogLikelihood(Float32Array.from(logits), 0)).toThrow('not finite numbers');
  });
});
