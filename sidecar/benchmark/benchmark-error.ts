/**
 * An earlier benchmark whose figures cannot be used. The message is one sentence: which file, what is wrong with it, and
 * what to do.
 */
export class BenchmarkError extends Error {
  override readonly name = 'BenchmarkError';
}
