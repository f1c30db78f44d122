import { describe, expect, it } from 'vitest';
import { millisecondsALink } from '../../../sidecar/benchmark/machine-limits';

/** Times of chains whose links take `link` ms, with `rest` ms for everything else. */
const chains = (link: number, rest: number) => {
  const asked: number[] = [];
  return {
    asked,
    timeOf: (links: number): Promise<number> => {
      asked.push(links);
      return Promise.resolve(rest + link * links);
    },
  };
};

describe('the time of a link', () => {
  it('is the difference of two chains where links take long', async () => {
    const { asked, timeOf } = chains(10, 3);
    expect(await millisecondsALink(timeOf)).toBeCloseTo(10);
    expect(asked).toEqual([1, 9]);
  });

  it('comes from longer chains where a run costs more than its links, as on a GPU', async () => {
    const { asked, timeOf } = chains(0.03, 4);
    expect(await millisecondsALink(timeOf)).toBeCloseTo(0.03);
    expect(asked).toEqual([1, 9, 36, 144]);
  });

  it('is never nothing: a chain that takes no longer gives an upper bound', async () => {
    expect(await millisecondsALink(() => Promise.resolve(5))).toBeCloseTo(5 / 576);
  });
});
