import type { CellTrackDescription } from '../protocol';
import type { Choice } from './sampling';

/** A number that is recorded for each decided cell. */
interface RecordedTrack {
  readonly description: CellTrackDescription;
  readonly valueOf: (choice: Choice) => number;
}

/**
 * The numbers that every run records for each cell. To add a track, add an entry here: trace, snapshot and step-through
 * read this list.
 */
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
      high: undefined,
      lowWord: 'sure',
      highWord: '',
      digits: 2,
    },
    valueOf: ({ entropy }) => entropy,
  },
];
