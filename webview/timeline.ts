import * as l10n from './l10n';
import { colourScale, trackOf } from './canvas/cell-colours';
import { durationText } from './durations';
import { trackLabel, withUnit } from './track-text';
import { cellsOfStep, type Trace } from './trace';

/** The timeline shows how many tokens each step decided. */
export const TOKENS_OF_STEP = 'tokens';
/** The timeline shows how long each step took. */
const TIME_OF_STEP = 'time';

/** What the bars of the timeline show: one of the two above, or a track of cells. A track's bar is the mean over a step's tokens. */
export type TimelineTrack = string;

/** The tracks that a run offers. */
export function timelineTracks({
  snapshot,
}: Trace): readonly (readonly [track: TimelineTrack, name: string])[] {
  return [
    [TOKENS_OF_STEP, l10n.t('Tokens a step')],
    ...snapshot.tracks.map((track) => [track.name, trackLabel(track)] as const),
    [TIME_OF_STEP, l10n.t('Time a step')],
  ];
}

/** A run's bars, from step 1 on. */
export interface Timeline {
  /** Height of each step's bar, 0..1. */
  readonly heights: Float32Array;
  /** The value of a bar of height 1, with its unit: "4 tokens", "38 ms". */
  readonly top: string;
}

/** Share of the steps whose times fit under the top. The first step and a few others often take much longer. */
const TIMES_UNDER_TOP = 0.98;

/** The bars of a run. A track that the run does not have shows the tokens. */
export function timelineOf(trace: Trace, track: TimelineTrack): Timeline {
  if (track === TIME_OF_STEP) return timesOf(trace);
  const values = trackOf(trace, track);
  if (!values) return tokensOf(trace);
  const { low, high } = colourScale(trace, track);
  const heights = Float32Array.from({ length: trace.snapshot.step }, (_, i) => {
    const cells = cellsOfStep(trace, i + 1);
    let sum = 0;
    for (const cell of cells) sum += values.values[cell] ?? 0;
    return cells.length > 0 && high > low ? share(sum / cells.length - low, high - low) : 0;
  });
  return { heights, top: withUnit(l10n.decimal(high, high < 10 && high % 1 !== 0 ? 1 : 0), values) };
}

function tokensOf(trace: Trace): Timeline {
  const counts = Float32Array.from(
    { length: trace.snapshot.step },
    (_, i) => cellsOfStep(trace, i + 1).length,
  );
  const most = counts.reduce((top, count) => Math.max(top, count), Math.max(trace.run.decoder.mostTokens, 1));
  return {
    heights: counts.map((count) => count / most),
    top: most === 1 ? l10n.t('1 token') : l10n.t('{0} tokens', most),
  };
}

function timesOf({ snapshot: { stepMs } }: Trace): Timeline {
  const sorted = stepMs.slice().sort();
  const top = sorted[Math.max(Math.ceil(sorted.length * TIMES_UNDER_TOP) - 1, 0)] ?? 0;
  return { heights: stepMs.map((ms) => share(ms, top)), top: durationText(top) };
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(Math.max(part / whole, 0), 1) : 0;
}
