import { describe, expect, it } from 'vitest';
import { LOST_LINE, runArgument } from '../../../extension/run-argument';

describe('the argument of a command on a run', () => {
  it('is missing when the palette gives nothing: the command means the run on screen', () => {
    expect(runArgument([])).toBeUndefined();
  });

  it('is the line that a menu gives', () => {
    const line = { kind: 'queue' };
    expect(runArgument([line, undefined])).toBe(line);
  });

  it('is no run at all when the menu lost its line: the command must not take the run on screen', () => {
    expect(runArgument([undefined, undefined])).toBe(LOST_LINE);
  });
});
