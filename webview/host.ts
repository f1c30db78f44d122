import type { HostToWebview, WebviewToHost } from '../sidecar/protocol';
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

interface VsCodeApi {
  postMessage(message: WebviewToHost): void;
  getState(): Remembered | undefined;
  setState(state: Remembered): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The extension host on the other side of `postMessage`. */
export interface Host extends HostPort {
  remembered(): Remembered | undefined;
  remember(state: Remembered): void;
}

/** Connects to the extension host. It may be called only once, because VS Code provides its API only once. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => {
      api.postMessage(message);
    },
    subscribe: (listener) => {
      const onMessage = (event: MessageEvent<HostToWebview>): void => {
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
