import type { CellTrackDescription } from '../protocol';
import type { Choice } from './sampling';

/** A track: a number that the trace records for each decided cell. */
interface RecordedTrack {
  readonly description: CellTrackDescription;
  readonly valueOf: (choice: Choice) => number;
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
      // As of 1097 equally likely tokens. The range is the same for all runs, so that their colours can be compared.
      high: 7,
      lowWord: 'sure',
      highWord: 'undecided',
      digits: 2,
    },
    valueOf: ({ entropy }) => entropy,
  },
];
