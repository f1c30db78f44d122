/** The error for work that took longer than it may. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
}

/**
 * Does work that ends at a time limit, or when an outer signal is aborted.
 * @param work gets a signal that is aborted in both cases, and ends then
 * @throws TimeLimitError after the limit; the outer signal's reason after it was aborted; otherwise what `work` throws
 */
export async function withTimeLimit<T>(
  ms: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const aborter = new AbortController();
  const abort = (): void => {
    aborter.abort(outer.reason);
  };
  outer.addEventListener('abort', abort);
  const timer = setTimeout(() => {
    aborter.abort(new TimeLimitError(`This took longer than ${ms} ms.`));
  }, ms);
  try {
    return await work(aborter.signal);
  } catch (error) {
    throw aborter.signal.aborted ? aborter.signal.reason : error;
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}
