import * as l10n from '../l10n';
import { SUBPROTOCOL, tokenSubprotocol, type SidecarEndpoint } from '../../sidecar/protocol';
import type { OpenTransport } from './transport';

/** The part of the browser's WebSocket that this file uses. */
export interface Socket {
  binaryType: string;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  send(text: string): void;
  close(): void;
}

export type CreateSocket = (url: string, subprotocols: string[]) => Socket;

/** A transport over the sidecar's own WebSocket. */
export function socketTransport(endpoint: SidecarEndpoint, createSocket: CreateSocket): OpenTransport {
  return (events) => {
    const socket = createSocket(endpoint.url, [SUBPROTOCOL, tokenSubprotocol(endpoint.token)]);
    socket.binaryType = 'arraybuffer';
    let left = false;
    socket.addEventListener('message', ({ data }) => {
      if (left) return;
      if (typeof data === 'string') events.text(data);
      else if (data instanceof ArrayBuffer) events.bytes(new Uint8Array(data));
    });
    socket.addEventListener('close', ({ code, reason }) => {
      if (!left) events.closed(reason || l10n.t('The connection to the sidecar ended (code {0}).', code));
    });
    return {
      send: (text) => {
        socket.send(text);
      },
      close: () => {
        left = true;
        socket.close();
      },
    };
  };
}
