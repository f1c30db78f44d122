import { describe, expect, it } from 'vitest';
import { durationText } from '../../../sidecar/cli/duration-text';
import { timeLeftMs } from '../../../sidecar/protocol';

describe('the time that is left', () => {
  it('is not told before the third step', () => {
    expect(timeLeftMs({ stepMs: [9000, 1000], leastSteps: 50 })).toBeUndefined();
  });

  it('is that of the steps left, at the pace of the newest, without the first', () => {
    expect(timeLeftMs({ stepMs: [9000, 1000, 2000], leastSteps: 13 })).toBe(10 * 1500);
    const slower = [...new Array<number>(50).fill(100), ...new Array<number>(32).fill(300)];
    expect(timeLeftMs({ stepMs: slower, leastSteps: 83 })).toBe(300);
  });

  it('is not told from a few quick steps, which a busy machine slows down', () => {
    const stepMs = [300, 90, 90, 90];
    expect(timeLeftMs({ stepMs, leastSteps: 4096 })).toBeUndefined();
    const later = [...stepMs, ...new Array<number>(100).fill(11)];
    expect(timeLeftMs({ stepMs: later, leastSteps: 4096 })).toBeCloseTo((4096 - 104) * 11);
  });

  it('rests on the own steps of a run that goes on', () => {
    const stepMs = [...new Array<number>(50).fill(1), 9000, 1000, 1000];
    expect(timeLeftMs({ stepMs: stepMs.slice(0, 52), leastSteps: 63, earlierSteps: 50 })).toBeUndefined();
    expect(timeLeftMs({ stepMs, leastSteps: 63, earlierSteps: 50 })).toBe(10 * 1000);
  });

  it('is none at the end', () => {
    expect(timeLeftMs({ stepMs: [1, 1, 1], leastSteps: 3 })).toBe(0);
  });
});

describe('a time in words', () => {
  it.each([
    [10, '1 second'],
    [59_400, '59 seconds'],
    [59_600, '1 minute'],
    [12.4 * 60_000, '12 minutes'],
    [130 * 60_000, '2 hours 10 minutes'],
    [3.2 * 3_600_000, '3 hours'],
    [10.6 * 3_600_000, '10 hours 30 minutes'],
  ])('%d ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
