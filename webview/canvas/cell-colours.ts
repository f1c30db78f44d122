import * as l10n from '../l10n';
import type { CellTrack } from '../../sidecar/protocol';
import { rampIndex, type ColourRamp } from './colour-ramp';
import type { Ramps } from './ramps';
import { trackLabel } from '../track-text';
import { cellCount, cellsDecidedBy, type Trace } from '../trace';

/** Colours cells by the step that decided them. */
export const BY_STEP = 'step';

/** What a cell's colour shows: {@link BY_STEP}, or the name of a track. */
export type ColourMode = string;

/** The modes that a run offers: its steps, and each of its tracks. */
export function colourModes({ snapshot }: Trace): readonly (readonly [mode: ColourMode, name: string])[] {
  return [
    [BY_STEP, l10n.t('Step')],
    ...snapshot.tracks.map((track) => [track.name, trackLabel(track)] as const),
  ];
}

/** The values at the two ends of the ramp. */
export interface ColourScale {
  readonly low: number;
  readonly high: number;
}

/** The track that a mode shows; undefined for steps, and for a track that the run does not have. */
export function trackOf({ snapshot }: Trace, mode: ColourMode): CellTrack | undefined {
  return snapshot.tracks.find(({ name }) => name === mode);
}

/**
 * The range of values that a mode shows. For a track without an upper limit, the range ends at the run's highest value. For
 * steps, the range is step 1 to the last step that is known.
 */
export function colourScale(trace: Trace, mode: ColourMode): ColourScale {
  const track = trackOf(trace, mode);
  if (!track) return { low: 1, high: Math.max(trace.snapshot.leastSteps, 1) };
  const { low, high, values } = track;
  return { low, high: high ?? values.reduce((most, value) => Math.max(most, value), low) };
}

/** The ramp of a mode: steps have one of their own. */
export function rampOf(ramps: Ramps, trace: Trace, mode: ColourMode): ColourRamp {
  return trackOf(trace, mode) ? ramps.quantity : ramps.step;
}

/** RGBA of each cell at a step in raster order, [height, width, 4]. Undecided cells are transparent. */
export function cellColours(
  trace: Trace,
  step: number,
  mode: ColourMode,
  ramps: Ramps,
): Uint8ClampedArray<ArrayBuffer> {
  const { low, high } = colourScale(trace, mode);
  const ramp = rampOf(ramps, trace, mode);
  const values = trackOf(trace, mode)?.values ?? trace.snapshot.stepOf;
  const rgba = new Uint8ClampedArray(4 * cellCount(trace));
  for (const position of trace.order.subarray(0, cellsDecidedBy(trace, step))) {
    const value = high > low ? ((values[position] ?? 0) - low) / (high - low) : 0;
    const from = 4 * rampIndex(ramp, value);
    for (let i = 0; i < 4; i++) rgba[4 * position + i] = ramp.rgba[from + i] ?? 0;
  }
  return rgba;
}
