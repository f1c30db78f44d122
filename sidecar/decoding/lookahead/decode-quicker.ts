import type { DecodedStep } from '../decoder';
import type { ScheduleTimes } from './schedule-times';

/** The two ways to make a picture: with a lookahead that chooses itself, and without one. Both make the same tokens. */
export interface TwoWays {
  readonly looking: () => AsyncIterable<DecodedStep>;
  readonly plainly: () => AsyncIterable<DecodedStep>;
}

/**
 * Makes a picture in the way that was quicker for earlier pictures of this model and schedule, and records its time. A run
 * that is cancelled records no time. The time between two steps belongs to the caller and does not count.
 * @param now returns the time of a clock, in ms
 */
export async function* decodeQuicker(
  { looking, plainly }: TwoWays,
  times: ScheduleTimes,
  now: () => number,
): AsyncGenerator<DecodedStep, void, void> {
  const way = times.choose();
  let spent = 0;
  let begun = now();
  for await (const step of way === 'lookahead' ? looking() : plainly()) {
    spent += now() - begun;
    yield step;
    begun = now();
  }
  times.record(way, spent);
}
