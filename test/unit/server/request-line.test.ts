import { describe, expect, it } from 'vitest';
import { RequestLine } from '../../../sidecar/server/request-line';

/** Waits until all pending work is done. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a line of requests', () => {
  it('carries them out one after the other, in order, also when one fails', async () => {
    const line = new RequestLine();
    const done: number[] = [];
    let atOnce = 0;
    const work = (n: number) => async (): Promise<number> => {
      expect(++atOnce).toBe(1);
      await settle();
      atOnce--;
      done.push(n);
      if (n === 2) throw new Error('two');
      return n;
    };
    const results = await Promise.allSettled([1, 2, 3].map((n) => line.run(work(n))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(done).toEqual([1, 2, 3]);
    expect(await line.run(work(4))).toBe(4);
  });

  it('drops waiting requests when it is cleared', async () => {
    const line = new RequestLine();
    const done: number[] = [];
    for (const n of [1, 2, 3])
      void line.run(async () => {
        await settle();
        done.push(n);
      });
    line.clear();
    await settle();
    await settle();
    expect(done).toEqual([1]);
  });
});
