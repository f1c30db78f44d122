import type { Forward } from '../../decoding/forward';
import { inputsBefore } from '../../decoding/sequence-layout';
import type { TokenInput } from '../../decoding/token-input';
import { ModelError } from '../model-error';
import { sentence } from '../../protocol/sentence';

/**
 * Largest number of tokens that one pass predicts. A pass holds the attention scores of its tokens over all positions, so
 * this number bounds memory. One pass is enough for 16x16 tokens; 32x32 tokens take four.
 */
const TOKENS_A_PASS = 256;

/**
 * Yields, pass by pass, the logits that predict each given token from the tokens before it ("teacher forcing"). One pass
 * takes many tokens, because each token sees only earlier tokens. Releases the forward at the end.
 *
 * @param tokens [H*W] codebook indices in raster order; the last is predicted, never fed
 * @returns the prompt's pass first; logits [codes] of the tokens in raster order, valid until the next pass
 */
export async function* teacherForcedLogits(
  forward: Forward,
  tokens: Int32Array,
): AsyncGenerator<readonly Float32Array[], void, void> {
  try {
    yield [await forward.start()];
    for (let begin = 1; begin < tokens.length; begin += TOKENS_A_PASS) {
      const inputs: TokenInput[] = [];
      const predicting: number[] = [];
      for (let cell = begin; cell < Math.min(begin + TOKENS_A_PASS, tokens.length); cell++) {
        inputs.push(...inputsBefore(forward.layout, cell, (before) => tokens[before] ?? NaN));
        predicting.push(inputs.length - 1);
      }
      yield await forward.step(inputs, predicting);
    }
  } finally {
    forward.release?.();
  }
}

/**
 * The negative log-likelihood of a token, -ln softmax(logits)[token], in nats; Infinity for a token of probability 0.
 * @param logits [vocab], finite or -Infinity
 * @throws ModelError when the logits define no distribution
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

const NO_DISTRIBUTION = sentence`The model computed logits that are not finite numbers; its weights may be damaged: fetch them again.`;
