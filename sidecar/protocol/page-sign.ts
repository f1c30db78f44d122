/**
 * What every kind of page says of itself. `nonce`: the one of the page's Content-Security-Policy, which tells the page from those
 * that were set before it.
 */
export type PageSign =
  /** The page's script runs and awaits what it is to show. */
  | { readonly type: 'ready'; readonly nonce: string }
  /** The first message has come, so the page is on screen. */
  | { readonly type: 'received'; readonly nonce: string };
