import type { Forward } from '../decoding/forward';
import { describeChoice, type SamplingOptions } from '../decoding/sampling';
import type { TokenInput } from '../decoding/token-input';
import type { CellAlternatives, TokenAlternative } from '../protocol';
import type { InspectJob } from './engine-messages';

/** Tokens that an answer names. */
const MOST_NAMED = 8;
/** Largest number of tokens that one pass is fed: a pass holds the attention scores of its tokens over all positions. */
const TOKENS_A_PASS = 256;

/**
 * Computes a cell's draw again, once with guidance and once without.
 * @param forward makes a forward with a scale of guidance
 */
export async function inspectCell(
  {
    position,
    drawn,
    inputs,
    guidance,
    sampling,
  }: Omit<InspectJob, 'folder' | 'wishes' | 'execution' | 'prompt'>,
  forward: (guidance: number) => Promise<Forward>,
): Promise<CellAlternatives> {
  const guided = await predict(await forward(guidance), inputs);
  const plain = guidance === 1 ? undefined : await predict(await forward(1), inputs);
  const alternative = (token: number): TokenAlternative => ({
    token,
    probability: describeChoice(guided, sampling, token).probability,
    unguided: plain ? describeChoice(plain, uncut(sampling), token).probability : null,
  });
  const order = Array.from(guided, (_, token) => token).sort((a, b) => (guided[b] ?? 0) - (guided[a] ?? 0));
  const logit = guided[drawn] ?? 0;
  return {
    position,
    likeliest: order.slice(0, MOST_NAMED).map(alternative),
    drawn: alternative(drawn),
    rank: 1 + guided.reduce((above, each) => above + (each > logit ? 1 : 0), 0),
  };
}

/** The same sampling without a cut: the whole distribution at the temperature of the draw. */
function uncut(sampling: SamplingOptions): SamplingOptions {
  return { ...sampling, topK: 0, topP: 1 };
}

/** The logits that the last input predicts; without inputs, those of the prompt. A copy, since a forward uses its own again. */
async function predict(forward: Forward, inputs: readonly TokenInput[]): Promise<Float32Array> {
  try {
    let logits = await forward.start();
    for (let from = 0; from < inputs.length; from += TOKENS_A_PASS) {
      const fed = inputs.slice(from, from + TOKENS_A_PASS);
      [logits = logits] = await forward.step(fed, [fed.length - 1]);
    }
    return logits.slice();
  } finally {
    forward.release?.();
  }
}
