import type { HostToWebview, WebviewToHost } from '../../sidecar/protocol';
import type { OpenTransport } from './transport';

/** The webview's line to the extension host. */
export interface HostPort {
  post(message: WebviewToHost): void;
  /** Returns what ends the subscription. */
  subscribe(listener: (message: HostToWebview) => void): () => void;
}

/** The same messages through the extension host, for where the sidecar's socket is out of reach. */
export function relayTransport(port: HostPort): OpenTransport {
  return (events) => {
    const unsubscribe = port.subscribe((message) => {
      switch (message.type) {
        case 'relay-text':
          events.text(message.text);
          return;
        case 'relay-binary':
          events.bytes(message.bytes);
          return;
        case 'relay-closed':
          unsubscribe();
          events.closed(message.reason);
          return;
        case 'relay-opened':
        case 'show-run':
        case 'sidecar-gone':
          return;
      }
    });
    port.post({ type: 'relay-open' });
    return {
      send: (text) => {
        port.post({ type: 'relay-text', text });
      },
      close: () => {
        unsubscribe();
        port.post({ type: 'relay-close' });
      },
    };
  };
}
