import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TimeLimitError, withTimeLimit } from '../../../sidecar/hub/time-limit';

/** Work that ends only when its signal is aborted, with an error of its own. */
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('the connection was closed'));
    });
  });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('work with a time limit', () => {
  it('gives its result, and leaves no timer and no listener', async () => {
    const outer = new AbortController();
    expect(await withTimeLimit(1000, outer.signal, () => Promise.resolve(7))).toBe(7);
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });

  it('ends at the limit', async () => {
    const late = expect(withTimeLimit(1000, new AbortController().signal, endless)).rejects.toThrow(
      TimeLimitError,
    );
    await vi.advanceTimersByTimeAsync(1000);
    await late;
  });

  it('ends with the outer signal, for its reason', async () => {
    const outer = new AbortController();
    const ended = expect(withTimeLimit(1000, outer.signal, endless)).rejects.toThrow('the user left');
    outer.abort(new Error('the user left'));
    await ended;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not begin when the outer signal is aborted already', async () => {
    const begun = vi.fn(() => Promise.resolve());
    const refused = withTimeLimit(1000, AbortSignal.abort(new Error('the user left')), begun);
    await expect(refused).rejects.toThrow('the user left');
    expect(begun).not.toHaveBeenCalled();
  });

  it('fails with its own error before the limit', async () => {
    const failed = withTimeLimit(1000, new AbortController().signal, () => Promise.reject(new Error('no')));
    await expect(failed).rejects.toThrow('no');
  });
});
