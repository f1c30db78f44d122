import { UNDECIDED, type Snapshot } from '../protocol';

/** What two runs have in common at one place of the slider: the number of decided cells, the step, or the time. */
export const ALIGNMENTS = ['cells', 'step', 'time'] as const;
export type Alignment = (typeof ALIGNMENTS)[number];

/** Two runs on one slider. Place 0 is the beginning of both runs, and the last place their end. */
export interface AlignedRuns {
  /** The common value at each place, rising: cells, steps, or ms. */
  readonly values: Float64Array;
  /** The step of each run at each place: the last step that the run has done by then. */
  readonly steps: readonly [Uint32Array, Uint32Array];
}

/** Brings two runs to one slider. It has a place wherever one of the runs takes a step, so no step is skipped. */
export function alignRuns(a: Snapshot, b: Snapshot, by: Alignment): AlignedRuns {
  const own = [valuesOf(a, by), valuesOf(b, by)] as const;
  const values = Float64Array.from(new Set([...own[0], ...own[1]])).sort();
  return { values, steps: [stepsAt(values, own[0]), stepsAt(values, own[1])] };
}

/** The first place at which a run has done a step. */
export function placeOf({ steps }: AlignedRuns, side: 0 | 1, step: number): number {
  const found = steps[side].findIndex((done) => done >= step);
  return found < 0 ? steps[side].length - 1 : found;
}

/** A run's value after each step, from step 0. The values never fall. */
function valuesOf({ step, stepOf, stepMs }: Snapshot, by: Alignment): Float64Array {
  const values = new Float64Array(step + 1);
  if (by === 'cells')
    for (const decidedIn of stepOf)
      if (decidedIn !== UNDECIDED) values[decidedIn] = (values[decidedIn] ?? 0) + 1;
  if (by === 'time') values.set(stepMs, 1);
  for (let at = 1; at <= step; at++)
    values[at] = by === 'step' ? at : (values[at - 1] ?? 0) + (values[at] ?? 0);
  return values;
}

/** For each of the rising values, the last step whose own value is not greater. */
function stepsAt(values: Float64Array, own: Float64Array): Uint32Array {
  let step = 0;
  return Uint32Array.from(values, (value) => {
    while (step + 1 < own.length && (own[step + 1] ?? 0) <= value) step++;
    return step;
  });
}
