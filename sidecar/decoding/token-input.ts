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

/** Whether a query sees another input: the rule of {@link TokenInput}. */
export function sees(query: TokenInput, key: TokenInput): boolean {
  const time = query.time ?? 0;
  return key.position <= query.position && (key.time ?? 0) <= time && time < (key.until ?? Infinity);
}
