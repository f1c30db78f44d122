/** Figures of an earlier benchmark that cannot be used. One sentence: which file, what is wrong with it, what to do. */
export class BenchmarkError extends Error {
  override readonly name = 'BenchmarkError';
}
