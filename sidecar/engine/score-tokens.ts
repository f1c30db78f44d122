import type { Forward } from '../decoding/forward';
import type { Prompt } from '../model/family';
import { negativeLogLikelihood, teacherForcedLogits } from '../model/transformer/teacher-forcing';

/** The part of a model that scores tokens. */
interface ScoringModel {
  forward(prompt: Prompt, guidance: number): Promise<Forward>;
}

/** The tokens whose likelihood is computed, with their prompt. */
export interface ScoreRequest {
  readonly prompt: Prompt;
  /** The guidance; 1 = the model's own distribution. */
  readonly guidance: number;
  /** The tokens of the first cells in raster order, at most [H*W], each 0..vocab-1. */
  readonly tokens: Int32Array;
}

/** The scores that one step computes. They are for the tokens after those of the earlier steps, in raster order. */
export interface ScoredPass {
  /** The negative log-likelihood of each token, given the prompt and all tokens before it, in nats. */
  readonly nll: readonly number[];
  /** The logits [vocab] of each token, after guidance. They are valid until the next step. */
  readonly logits: readonly Float32Array[];
}

/** Scores tokens as raster order would draw them, without temperature, top-k and top-p. @throws ModelError, WeightsError */
export async function* scoreTokens(
  model: ScoringModel,
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

/** The negative log-likelihoods of all given tokens, in nats, as {@link scoreTokens} computes them. @throws ModelError, WeightsError */
export async function negativeLogLikelihoods(model: ScoringModel, request: ScoreRequest): Promise<number[]> {
  const nll: number[] = [];
  for await (const pass of scoreTokens(model, request)) nll.push(...pass.nll);
  return nll;
}
