/** How a token is chosen from logits. */
export interface SamplingOptions {
  /** > 0; divides the logits. */
  readonly temperature: number;
  /** Keep the k likeliest tokens; 0 = all. */
  readonly topK: number;
  /** Keep the fewest likeliest tokens whose probabilities reach p, (0, 1]; 1 = all. */
  readonly topP: number;
  /** Take the likeliest token of the untruncated distribution. */
  readonly greedy: boolean;
}

/** The options or logits do not define a distribution. */
export class SamplingError extends Error {
  override readonly name = 'SamplingError';
}

/** @throws SamplingError naming the option that is out of range. */
export function checkSamplingOptions(options: SamplingOptions): void {
  const { temperature, topK, topP } = options;
  if (!(temperature > 0) || !Number.isFinite(temperature)) {
    throw new SamplingError(
      `Temperature ${temperature} is not above 0; to take the likeliest token each time, use greedy decoding.`,
    );
  }
  if (!Number.isInteger(topK) || topK < 0)
    throw new SamplingError(`Top-k ${topK} is not an integer of 0 (all tokens) or more.`);
  if (!(topP > 0) || topP > 1) throw new SamplingError(`Top-p ${topP} is outside (0, 1].`);
}
