import type { HostToWebview, WebviewToHost } from '../../sidecar/protocol';
import type { OpenTransport } from './transport';

/** The webview's channel to the extension host. */
export interface HostPort {
  post(message: WebviewToHost): void;
  /** Subscribes to messages. Returns a function that ends the subscription. */
  subscribe(listener: (message: HostToWebview) => void): () => void;
}

/** A transport through the extension host with the same messages. It is used if the sidecar's socket cannot be reached. */
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
        case 'show-file':
        case 'show-step':
        case 'can-draw':
        case 'drawn-step':
        case 'step-not-drawn':
        case 'inspected-cell':
        case 'render':
        case 'cell-not-inspected':
        case 'run-kept':
        case 'preparing':
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
