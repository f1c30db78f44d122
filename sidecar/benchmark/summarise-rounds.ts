import type { PictureFigures } from './benchmark-report';
import type { RoundFigures } from './round';
import { spreadOf, type Spread } from './spread';

/** Summarises one figure over all rounds. */
export function over(
  rounds: readonly RoundFigures[],
  figure: (round: RoundFigures) => number | undefined,
): Spread {
  return spreadOf(
    rounds.map((round) => {
      const value = figure(round);
      if (value === undefined) throw new Error('A round lacks a figure that others have.');
      return value;
    }),
  );
}

/**
 * Summarises what pictures cost. Speed-ups are computed inside each round, so that a disturbance of the round affects both
 * times.
 * @param rounds each begins with a picture in raster order
 */
export function summarisePictures(
  rounds: readonly RoundFigures[],
  imageMs: number,
): Omit<PictureFigures, 'floorMs' | 'timeOverFloor'>[] {
  const [first] = rounds;
  return (first?.pictures ?? []).map(({ window, lookahead, steps }, i) => {
    const ms = over(rounds, ({ pictures }) => pictures[i]?.ms);
    return {
      window,
      ...(lookahead !== undefined && { lookahead }),
      steps,
      ms,
      imagesAMinute: 60_000 / (ms.median + imageMs),
      speedUpPerReduction: over(rounds, ({ pictures }) => {
        const [raster, own] = [pictures[0], pictures[i]];
        return raster && own && speedUpPerReduction(raster, own);
      }),
      outsideShare: over(rounds, ({ pictures }) => {
        const own = pictures[i];
        return own && 1 - own.modelMs / own.ms;
      }),
    };
  });
}

/** The share of the saved steps that became saved time. It is 1 when a step costs the same for every number of tokens. */
export function speedUpPerReduction(
  raster: { readonly ms: number; readonly steps: number },
  own: { readonly ms: number; readonly steps: number },
): number {
  return raster.ms / own.ms / (raster.steps / own.steps);
}
