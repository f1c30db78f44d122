import type { TokenNoise } from './noise';
import type { PassCosts } from './pass-costs';
import type { Choice, SamplingOptions } from './sampling';
import type { SequenceLayout } from './sequence-layout';
import type { ModelToken, SequencePosition } from './token-grid';

/**
 * A token that is handed to the model in a step. The object itself names its keys and values from then on, until it is
 * forgotten.
 *
 * Positions and times say what an input sees. An input sees itself and the prompt. It also sees each other input for which
 * all of the following hold:
 * - The other input was not forgotten.
 * - It stands at the same position or before.
 * - It has begun, and has not ended, at the time of the input that looks.
 */
export interface TokenInput {
  /**
   * Position of the token, which sets its rotary embedding. Two inputs may share a position, such as a stand-in and the
   * true end of a row.
   */
  readonly position: SequencePosition;
  readonly token: ModelToken;
  /** The time from which the input is seen, and the time at which it looks; 0 when absent. */
  readonly time?: number;
  /** The first time at which the input is not seen any more; never when absent. */
  readonly until?: number;
}

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

/** Whether a query sees another input: the rule of {@link TokenInput}. */
export function sees(query: TokenInput, key: TokenInput): boolean {
  const time = query.time ?? 0;
  return key.position <= query.position && (key.time ?? 0) <= time && time < (key.until ?? Infinity);
}
