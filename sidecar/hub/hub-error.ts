/**
 * What can be done about it. The user can mend `request` and `access` (another name, a token). `transfer` may go well at the
 * next attempt, `later` only at a later time. `stopped` was wanted.
 */
type HubErrorReason = 'request' | 'access' | 'transfer' | 'later' | 'stopped';

/** A model could not be fetched from the hub. The message says what was wrong and what to do; it never holds a token. */
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
