import type { ModelToken, SequencePosition } from './token-grid';

/**
 * A token that the model is fed in a step. The object also identifies the keys and values of this input: a decoder passes it to
 * `Forward.forget`.
 *
 * Positions and times say which inputs an input sees. An input sees itself and the prompt. It also sees another input if three
 * conditions hold:
 * - The other input is not forgotten.
 * - The other input has the same position or an earlier one.
 * - The time of the seeing input is not before `time` of the other input, and is before its `until`.
 */
export interface TokenInput {
  /**
   * The position of the token. The rotary embedding depends on it. Two inputs may have the same position, for example a
   * stand-in and the last token of a row.
   */
  readonly position: SequencePosition;
  readonly token: ModelToken;
  /** The time of the input: the first time at which it is seen, and the time at which it sees others. 0 when absent. */
  readonly time?: number;
  /** The first time at which the input is no longer seen. When absent, the input is always seen after its `time`. */
  readonly until?: number;
}

/** Whether the input `query` sees the input `key`, by the second and third condition of {@link TokenInput}. */
export function sees(query: TokenInput, key: TokenInput): boolean {
  const time = query.time ?? 0;
  return key.position <= query.position && (key.time ?? 0) <= time && time < (key.until ?? Infinity);
}
