import type { TokenNoise } from './noise';
import type { PassCosts } from './pass-costs';
import type { Choice, SamplingOptions } from './sampling';
import type { SequenceLayout } from './sequence-layout';
import type { TokenInput } from './token-input';

/** The options and the noise by which the tokens of a step are drawn. */
export interface Draws {
  readonly sampling: SamplingOptions;
  /** The noise of each predicted cell. It is not used when sampling is greedy. */
  readonly noise: readonly TokenNoise[];
}

/**
 * Draws tokens on the device that computes the logits, so that the logits are not copied to host memory. It chooses the same
 * tokens as `chooseToken`.
 */
export interface Sampler {
  /** Computes the prompt's step and chooses the token of the first cell. @param draws for one cell */
  start(draws: Draws): Promise<readonly Choice[]>;
  /** Like `Forward.step`, but it returns a choice for each predicted cell in place of logits. */
  step(
    inputs: readonly TokenInput[],
    predicting: readonly number[],
    draws: Draws,
  ): Promise<readonly Choice[]>;
}

/**
 * The model as a decoder uses it. It is fed token inputs and returns logits, after guidance. It keeps the keys and values of
 * its inputs until they are forgotten, or until `start` begins a new picture.
 */
export interface Forward {
  readonly layout: SequenceLayout;
  /** Computes the prompt's step. @returns logits [codes] of the first cell of the picture */
  start(): Promise<Float32Array>;
  /**
   * Computes a step.
   * @param inputs the tokens that the step is fed, at least one
   * @param predicting indices of the inputs whose logits are wanted. An input predicts the cell after it
   * @returns logits [codes] for each index of `predicting`; valid until the next call
   */
  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]>;
  /** Forgets inputs of earlier steps, so that no later step sees them. Their positions may be anywhere in the sequence. */
  forget(inputs: readonly TokenInput[]): void;
  /** Draws tokens on the device. Undefined when the logits are in host memory. */
  readonly sampler?: Sampler | undefined;
  /** The measured times of this model's steps on this machine. Undefined when they are not measured. */
  readonly costs?: PassCosts | undefined;
  /** Frees the memory of the keys and values. After this call, only `start` may be called. */
  release?(): void;
}
