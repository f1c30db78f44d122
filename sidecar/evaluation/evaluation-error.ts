/** A prompt set, a judge or a results folder that an evaluation cannot use. One sentence: what, which file or value, what to do. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}
