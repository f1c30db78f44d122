import type { Prompt } from '../model/family';
import { negativeLogLikelihood, teacherForcedLogits } from '../model/transformer/teacher-forcing';
import type { RunnableModel } from './inference-thread';

/** Tokens for a model to score. */
export interface ScoreRequest {
  readonly prompt: Prompt;
  /** Scale of classifier-free guidance on the logits; 1 = the model's own distribution. */
  readonly guidance: number;
  /** [H*W] in raster order, each 0..vocab-1. */
  readonly tokens: Int32Array;
}

/** The scores of one forward pass, for the tokens that follow those of earlier passes in raster order. */
export interface ScoredPass {
  /** Negative log-likelihood of each token given the condition and all tokens before it, nats. */
  readonly nll: readonly number[];
  /** The logits [vocab] behind each score, after guidance; valid until the next pass. */
  readonly logits: readonly Float32Array[];
}

/** Scores tokens under the raster model, without temperature and truncation. @throws ModelError, WeightsError */
export async function* scoreTokens(
  model: Pick<RunnableModel, 'forward'>,
  { prompt, guidance, tokens }: ScoreRequest,
): AsyncGenerator<ScoredPass, void, void> {
  const forward = await model.forward(prompt, guidance);
  let position = 0;
  for await (const logits of teacherForcedLogits(forward, tokens)) {
    const nll = logits.map((row, i) => negativeLogLikelihood(row, tokens[position + i] ?? -1));
    position += logits.length;
    yield { nll, logits };
  }
}
