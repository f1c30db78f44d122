import { describe, expect, it } from 'vitest';
import { durationText, secondsText } from '../../../webview/durations';

describe('durations', () => {
  it.each([
    [0.42, '0.42 ms'],
    [5.25, '5.3 ms'],
    [38.2, '38 ms'],
    [1240, '1.24 s'],
    [12_440, '12.4 s'],
    [185_000, '3 min 05 s'],
  ])('%d ms reads %j', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it('never falls back to milliseconds where seconds are asked for', () => {
    expect(secondsText(0)).toBe('0.00 s');
  });
});
