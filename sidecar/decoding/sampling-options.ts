import { SentenceError, sentence } from '../protocol/sentence';

/** The options by which a token is chosen from logits. */
export interface SamplingOptions {
  /** The number that divides the logits, above 0. */
  readonly temperature: number;
  /** The number of likeliest tokens that are kept; 0 = all. */
  readonly topK: number;
  /** The likeliest tokens are kept until the sum of their probabilities reaches this number, in (0, 1]; 1 = all. */
  readonly topP: number;
  /** Whether the likeliest token is taken, without a draw. The other options have no effect then. */
  readonly greedy: boolean;
}

/** Among how many of the codebook's tokens a draw chooses at most. A greedy choice has probabilities without a cut. */
export function mostCandidates({ topK, greedy }: SamplingOptions, codes: number): number {
  return greedy || topK === 0 ? codes : Math.min(topK, codes);
}

/** The error for options or logits that give no distribution. */
export class SamplingError extends SentenceError {
  override readonly name = 'SamplingError';
}

/** Checks the options. @throws SamplingError with the name of an option that is out of range */
export function checkSamplingOptions(options: SamplingOptions): void {
  const { temperature, topK, topP } = options;
  if (!(temperature > 0) || !Number.isFinite(temperature)) {
    throw new SamplingError(
      sentence`Temperature ${temperature} is not above 0; to take the likeliest token each time, use greedy decoding.`,
    );
  }
  if (!Number.isInteger(topK) || topK < 0)
    throw new SamplingError(sentence`Top-k ${topK} is not an integer of 0 (all tokens) or more.`);
  if (!(topP > 0) || topP > 1) throw new SamplingError(sentence`Top-p ${topP} is outside (0, 1].`);
}
