import type { CellTrackDescription } from '../protocol';
import type { Choice } from './sampling';

/** A track: a number that the trace records for each decided cell. */
interface RecordedTrack {
  readonly description: CellTrackDescription;
  readonly valueOf: (choice: Choice) => number;
  /**
   * The greatest number that a run can have, if its draws choose among `candidates` tokens (2 or more). Absent for a track whose
   * `high` does not depend on the run.
   */
  readonly greatest?: (candidates: number) => number;
}

/** All tracks. To add a track, add an entry to this list. Trace, snapshot and step-through read the list. */
export const CELL_TRACKS: readonly RecordedTrack[] = [
  {
    description: {
      name: 'probability',
      label: 'Probability',
      unit: '',
      low: 0,
      high: 1,
      lowWord: 'unlikely',
      highWord: 'certain',
      digits: 3,
    },
    valueOf: ({ probability }) => probability,
  },
  {
    description: {
      name: 'entropy',
      label: 'Entropy',
      unit: 'nats',
      low: 0,
      // The entropy of 1097 equally likely tokens. A run that knows among how many tokens it chooses has a range of its own.
      high: 7,
      lowWord: 'sure',
      highWord: 'undecided',
      digits: 2,
    },
    valueOf: ({ entropy }) => entropy,
    greatest: (choices) => Math.fround(Math.log(choices)), // snapshots hold float32
  },
];

/**
 * The descriptions of all tracks in one run. Their ranges are fixed before the first step, so a cell's colour never changes.
 * @param candidates among how many tokens a draw chooses; undefined where this is not known
 */
export function tracksOfRun(candidates: number | undefined): readonly CellTrackDescription[] {
  return CELL_TRACKS.map(({ description, greatest }) =>
    greatest && candidates !== undefined
      ? { ...description, high: greatest(Math.max(candidates, 2)) }
      : description,
  );
}
