/**
 * What the extension host and the webview say to each other by `postMessage`.
 *
 * The webview opens the sidecar's socket itself. Where it cannot (a remote window: the webview runs on the user's
 * machine, the sidecar on the server), it asks for the relay: the host opens a socket of its own and hands every
 * text message and binary frame through unchanged, both ways. Same messages, second transport.
 */

/** Where the sidecar listens. Only ever handed to our own webview. */
export interface SidecarEndpoint {
  /** `ws://127.0.0.1:PORT`, exactly what the page's `connect-src` allows. */
  readonly url: string;
  readonly token: string;
}

export type HostToWebview =
  /** In answer to `ready`, and again whenever the sidecar was restarted or another run shall be shown. `runId` 0 = the newest run, if any. */
  | {
      readonly type: 'show-run';
      readonly endpoint: SidecarEndpoint;
      readonly runId: number;
      readonly forceRelay: boolean;
    }
  /** The sidecar is not there (any more); what is on screen stays. */
  | { readonly type: 'sidecar-gone'; readonly reason: string }
  | { readonly type: 'relay-opened' }
  | { readonly type: 'relay-text'; readonly text: string }
  | { readonly type: 'relay-binary'; readonly bytes: Uint8Array }
  | { readonly type: 'relay-closed'; readonly reason: string };

export type WebviewToHost =
  | { readonly type: 'ready' }
  | { readonly type: 'relay-open' }
  | { readonly type: 'relay-text'; readonly text: string }
  | { readonly type: 'relay-close' }
  /** A button whose work is the host's. */
  | { readonly type: 'command'; readonly command: WebviewCommand; readonly runId: number };

export type WebviewCommand = 'generate' | 'export' | 'cancel';
