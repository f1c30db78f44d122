import type { Forward } from '../../decoding/forward';
import { ModelError } from '../model-error';

/**
 * Tokens fed in one pass at most. A pass holds the attention scores of its tokens over all positions, so this bounds
 * memory: one pass does for 16x16 tokens, four for 32x32.
 */
const TOKENS_A_PASS = 256;

/**
 * The logits of given tokens in raster order, after which the forward is released: of each, what the model predicts from those before it ("teacher
 * forcing"). Many tokens go through in one pass, as each sees only what comes before it anyway.
 *
 * @param tokens [H*W] codebook indices; the last is predicted, never fed
 * @returns pass by pass, the prompt's first, logits [vocab] of the tokens that follow in raster order; valid until the next pass
 */
export async function* teacherForcedLogits(
  forward: Forward,
  tokens: Int32Array,
): AsyncGenerator<readonly Float32Array[], void, void> {
  try {
    yield [await forward.start()];
    for (let begin = 0; begin < tokens.length - 1; begin += TOKENS_A_PASS) {
      const end = Math.min(begin + TOKENS_A_PASS, tokens.length - 1);
      const inputs = Array.from(tokens.subarray(begin, end), (token, i) => ({ position: begin + i, token }));
      yield await forward.step(
        inputs,
        inputs.map((_, i) => i),
      );
    }
  } finally {
    forward.release?.();
  }
}

/**
 * -ln softmax(logits)[token], nats; Infinity for a token of probability 0.
 * @param logits [vocab], finite or -Infinity
 * @throws ModelError when they define no distribution
 */
export function negativeLogLikelihood(logits: Float32Array, token: number): number {
  let max = -Infinity;
  for (const logit of logits) {
    if (Number.isNaN(logit)) throw new ModelError(NO_DISTRIBUTION);
    if (logit > max) max = logit;
  }
  if (!Number.isFinite(max)) throw new ModelError(NO_DISTRIBUTION);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - max);
  return Math.log(total) + max - (logits[token] ?? NaN);
}

const NO_DISTRIBUTION =
  'The model computed logits that are not finite numbers; its weights may be damaged: fetch them again.';
