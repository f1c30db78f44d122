import { rampIndex } from './colour-ramp';
import type { ColourRamp } from './colour-ramp';
import { cellCount, cellsDecidedBy } from './trace';
import type { Trace } from './trace';

/** What a cell's colour tells. */
export type ColourMode = 'step' | 'probability' | 'entropy';

export const COLOUR_MODES: readonly (readonly [mode: ColourMode, name: string])[] = [
  ['step', 'Step'],
  ['probability', 'Probability'],
  ['entropy', 'Entropy'],
];

/** Values at the two ends of the ramp. */
export interface ColourScale {
  readonly low: number;
  readonly high: number;
}

/** Step 1 to the last one, as far as known; probability 0 to 1; entropy 0 to the highest of the run. */
export function colourScale(trace: Trace, mode: ColourMode): ColourScale {
  switch (mode) {
    case 'step':
      return { low: 1, high: Math.max(trace.snapshot.leastSteps, 1) };
    case 'probability':
      return { low: 0, high: 1 };
    case 'entropy':
      return { low: 0, high: trace.snapshot.entropy.reduce((high, value) => Math.max(high, value), 0) };
  }
}

/** RGBA of each cell at a step in raster order, [height, width, 4]; undecided cells are transparent. */
export function cellColours(
  trace: Trace,
  step: number,
  mode: ColourMode,
  ramp: ColourRamp,
): Uint8ClampedArray<ArrayBuffer> {
  const { low, high } = colourScale(trace, mode);
  const { stepOf, probability, entropy } = trace.snapshot;
  const values = { step: stepOf, probability, entropy }[mode];
  const rgba = new Uint8ClampedArray(4 * cellCount(trace));
  for (const position of trace.order.subarray(0, cellsDecidedBy(trace, step))) {
    const value = high > low ? ((values[position] ?? 0) - low) / (high - low) : 0;
    const from = 4 * rampIndex(ramp, value);
    for (let i = 0; i < 4; i++) rgba[4 * position + i] = ramp.rgba[from + i] ?? 0;
  }
  return rgba;
}
