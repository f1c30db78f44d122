import type { TokenNoise } from './noise';
import type { PassCosts } from './pass-costs';
import type { Choice, SamplingOptions } from './sampling';
import type { SequenceLayout } from './sequence-layout';
import type { TokenInput } from './token-input';

/** How the tokens of a step are drawn. */
export interface Draws {
  readonly sampling: SamplingOptions;
  /** For each cell that is predicted; not used when greedy. */
  readonly noise: readonly TokenNoise[];
}

/**
 * Draws tokens on the device that computes the logits, so that no logits have to be fetched from it. It chooses the same
 * tokens as `chooseToken`.
 */
export interface Sampler {
  /** The prompt's step. @param draws for one cell */
  start(draws: Draws): Promise<readonly Choice[]>;
  /** Like `Forward.step`, with a choice in the place of each row of logits. */
  step(
    inputs: readonly TokenInput[],
    predicting: readonly number[],
    draws: Draws,
  ): Promise<readonly Choice[]>;
}

/**
 * The model as a decoder sees it: token inputs in, logits out, guidance applied. It keeps the keys and values of its inputs
 * until they are forgotten, or until `start` begins a new picture.
 */
export interface Forward {
  readonly layout: SequenceLayout;
  /** The prompt's step. @returns logits [codes] of cell (0,0) */
  start(): Promise<Float32Array>;
  /**
   * One step over several tokens.
   * @param inputs at least one
   * @param predicting which of the inputs predict the cell after them: indices into `inputs`
   * @returns for each of `predicting`, logits [codes] of the cell that follows in the sequence; valid until the next call
   */
  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]>;
  /** Forgets inputs of earlier steps that no later step may see. They may stand anywhere. */
  forget(inputs: readonly TokenInput[]): void;
  /** Draws tokens on the device. Undefined when the logits are in host memory anyway. */
  readonly sampler?: Sampler | undefined;
  /** What steps of this model cost on this machine. Undefined where nothing measures it. */
  readonly costs?: PassCosts | undefined;
  /** Frees what the steps so far hold on a device. After it, the only call allowed is `start`. */
  release?(): void;
}
