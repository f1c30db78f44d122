import type { HostToWebview, PageSign, WebviewToHost } from '../sidecar/protocol';
import { pageNonce } from './page-nonce';
import type { HostPort } from './transport/relay-transport';
import type { Place } from './session';
import type { ViewOptions } from './view-options';

/** State that remains when a hidden webview is destroyed. */
export interface Remembered {
  readonly place: Place | undefined;
  readonly options: ViewOptions;
  /** URI of the file that keeps the run on the page. The host opens it after a reload. */
  readonly file?: string | undefined;
}

interface VsCodeApi<Sent, State> {
  postMessage(message: Sent): void;
  getState(): State | undefined;
  setState(state: State): void;
}

declare function acquireVsCodeApi<Sent, State>(): VsCodeApi<Sent, State>;

/** The extension host on the other side of `postMessage`, as a page sees it. */
export interface PageHost<Received, Sent, State> {
  post(message: Sent): void;
  /** Subscribes to messages. Returns a function that ends the subscription. */
  subscribe(listener: (message: Received) => void): () => void;
  remembered(): State | undefined;
  remember(state: State): void;
}

/** The extension host as the step-through sees it. */
export type Host = HostPort & PageHost<HostToWebview, WebviewToHost, Remembered>;

/**
 * Connects to the extension host, and tells it when the first message has come. It may be called only once, because VS Code
 * provides its API only once.
 */
export function connectHost<Received, Sent, State>(): PageHost<Received, Sent | PageSign, State> {
  const api = acquireVsCodeApi<Sent | PageSign, State>();
  const received = (): void => {
    api.postMessage({ type: 'received', nonce: pageNonce() });
  };
  window.addEventListener('message', received, { once: true });
  return {
    post: (message) => {
      api.postMessage(message);
    },
    subscribe: (listener) => {
      const onMessage = (event: MessageEvent<Received>): void => {
        listener(event.data);
      };
      window.addEventListener('message', onMessage);
      return () => {
        window.removeEventListener('message', onMessage);
      };
    },
    remembered: () => api.getState(),
    remember: (state) => {
      api.setState(state);
    },
  };
}
