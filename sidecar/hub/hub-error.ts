/**
 * What is to be done about it: `request` and `access` are the user's to mend (another name, a token), `transfer` may
 * go well the next time, `stopped` was wanted.
 */
type HubErrorReason = 'request' | 'access' | 'transfer' | 'stopped';

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
