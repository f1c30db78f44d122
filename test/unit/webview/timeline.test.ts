import { describe, expect, it } from 'vitest';
import { timelineOf, timelineTracks } from '../../../webview/timeline';
import { runOf, traceAfter, ZIPAR_3X4 } from './synthetic-run';

const trace = traceAfter(runOf(ZIPAR_3X4), 8);

describe('the timeline', () => {
  it('offers the tokens and the time of steps, and each track of the cells', () => {
    expect(timelineTracks(trace).map(([track]) => track)).toEqual([
      'tokens',
      'probability',
      'entropy',
      'time',
    ]);
  });

  it('shows the tokens of each step, as shares of the most that a step can decide', () => {
    const { heights, top } = timelineOf(trace, 'tokens');
    expect([...heights].map((height) => Math.round(3 * height))).toEqual([1, 1, 2, 2, 2, 2, 1, 1]);
    expect(top).toBe('3 tokens');
  });

  it('shows the mean of a track over the tokens of each step, on the scale of the colours', () => {
    expect([...timelineOf(trace, 'probability').heights]).toEqual(Array.from({ length: 8 }, () => 0.5));
    // Step 3 decided the cells 2 and 4, whose entropies are 2/4 and 4/4.
    const { heights } = timelineOf(trace, 'entropy');
    expect(heights[2]).toBeCloseTo(0.75 / 7);
  });

  it('shows the times of steps, the longest ones cut', () => {
    const { heights, top } = timelineOf(trace, 'time');
    expect(heights[7]).toBe(1);
    expect(heights[0]).toBeCloseTo(1 / 8);
    expect(top).toBe('80 ms');
  });

  it('shows the tokens if the run lacks the track', () => {
    expect(timelineOf(trace, 'margin')).toEqual(timelineOf(trace, 'tokens'));
  });
});
