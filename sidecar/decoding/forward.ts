import type { Choice, SamplingOptions } from './sampling';
import type { SequenceLayout } from './sequence-layout';
import type { ModelToken, SequencePosition } from './token-grid';

/** A token handed to the model in a pass. */
export interface TokenInput {
  /** Where the token stands, or will stand: its rotary position and its place in the cache. Fed again, it replaces what was there. */
  readonly position: SequencePosition;
  readonly token: ModelToken;
}

/** How the tokens of a pass are drawn. */
export interface Draws {
  readonly sampling: SamplingOptions;
  /** Of each cell that is predicted, in [0, 1); not looked at when greedy. */
  readonly uniforms: readonly number[];
}

/**
 * Draws where the logits are computed, so that they need not be fetched from a device: the tokens that `chooseToken` chooses
 * from the logits that the pass would have returned.
 */
export interface Sampler {
  /** The prompt's pass. @param draws with one uniform */
  start(draws: Draws): Promise<readonly Choice[]>;
  /** As `Forward.step`, with a choice in the place of each row of logits. */
  step(
    inputs: readonly TokenInput[],
    predicting: readonly number[],
    draws: Draws,
  ): Promise<readonly Choice[]>;
}

/**
 * The model as a decoder sees it: token inputs in, logits out, guidance applied.
 * Keys and values of all earlier inputs are kept inside, until `start` begins a new picture.
 *
 * A query at position p attends to the prompt and to every position q <= p that was fed, those of the same pass
 * included; never to one that was not fed, never to q > p.
 */
export interface Forward {
  readonly layout: SequenceLayout;
  /** The prompt's pass. @returns logits [codes] of cell (0,0) */
  start(): Promise<Float32Array>;
  /**
   * One pass over several tokens.
   * @param inputs at least one, no two at the same position
   * @param predicting which of the inputs shall predict the cell after them: indices into `inputs`
   * @returns for each of `predicting`, logits [codes] of the cell that follows in the sequence. Valid until the next call.
   */
  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<readonly Float32Array[]>;
  /** Where it has one, it is the faster way to tokens; absent where the logits are at hand anyway. */
  readonly sampler?: Sampler | undefined;
  /** Gives back what the passes so far hold on a device; `start` comes next, if anything. */
  release?(): void;
}
