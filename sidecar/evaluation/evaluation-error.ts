/**
 * A prompt set, a judge or a results folder that an evaluation cannot use. The message is one sentence: what is wrong, in
 * which file or value, and what to do.
 */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}
