/**
 * What can be done about an error. For `request` and `access` the user can give another name or a token. For `transfer` the
 * next attempt may succeed, for `later` only an attempt at a later time. `stopped`: the user wanted it.
 */
type HubErrorReason = 'request' | 'access' | 'transfer' | 'later' | 'stopped';

/** A model could not be downloaded from the hub. The message says what was wrong and what to do; it never holds a token. */
export class HubError extends Error {
  override readonly name = 'HubError';

  constructor(
    readonly reason: HubErrorReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
