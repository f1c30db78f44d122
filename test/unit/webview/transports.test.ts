import { describe, expect, it } from 'vitest';
import type { HostToWebview, WebviewToHost } from '../../../sidecar/protocol';
import { relayTransport } from '../../../webview/transport/relay-transport';
import { socketTransport, type Socket } from '../../../webview/transport/socket-transport';
import type { TransportEvents } from '../../../webview/transport/transport';

function recorder(): { readonly events: TransportEvents; readonly heard: unknown[] } {
  const heard: unknown[] = [];
  const events = {
    text: (text: string) => heard.push(text),
    bytes: (bytes: Uint8Array) => heard.push([...bytes]),
    closed: (reason: string) => heard.push({ closed: reason }),
  };
  return { events, heard };
}

describe('relay transport', () => {
  function host() {
    const posted: WebviewToHost[] = [];
    const listeners = new Set<(message: HostToWebview) => void>();
    return {
      posted,
      listeners,
      say: (message: HostToWebview) => {
        for (const listener of listeners) listener(message);
      },
      port: {
        post: (message: WebviewToHost) => posted.push(message),
        subscribe: (listener: (message: HostToWebview) => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
    };
  }

  it('hands texts and frames through unchanged, both ways', () => {
    const { port, posted, say } = host();
    const { events, heard } = recorder();
    const transport = relayTransport(port)(events);
    say({ type: 'relay-opened' });
    say({ type: 'relay-text', text: '{"type":"hello"}' });
    say({ type: 'relay-binary', bytes: Uint8Array.of(1, 2) });
    transport.send('{"type":"ping","id":1}');
    expect(posted).toEqual([{ type: 'relay-open' }, { type: 'relay-text', text: '{"type":"ping","id":1}' }]);
    expect(heard).toEqual(['{"type":"hello"}', [1, 2]]);
  });

  it('ends when the host says so, and listens no longer', () => {
    const { port, listeners, say } = host();
    const { events, heard } = recorder();
    relayTransport(port)(events);
    say({ type: 'relay-closed', reason: 'The sidecar ended.' });
    expect(heard).toEqual([{ closed: 'The sidecar ended.' }]);
    expect(listeners.size).toBe(0);
  });

  it('tells the host when it is closed here', () => {
    const { port, posted, listeners } = host();
    const { events } = recorder();
    relayTransport(port)(events).close();
    expect(posted.at(-1)).toEqual({ type: 'relay-close' });
    expect(listeners.size).toBe(0);
  });
});

describe('socket transport', () => {
  function socket() {
    const listeners: { type: string; listener: (event: never) => void }[] = [];
    const fake: Socket & { sent: string[]; closed: boolean } = {
      binaryType: 'blob',
      sent: [],
      closed: false,
      addEventListener: (type: string, listener: (event: never) => void) => {
        listeners.push({ type, listener });
      },
      send: (text) => fake.sent.push(text),
      close: () => {
        fake.closed = true;
      },
    };
    const fire = (type: string, event: unknown): void => {
      for (const entry of listeners) if (entry.type === type) entry.listener(event as never);
    };
    return { fake, fire };
  }
  const endpoint = { url: 'ws://127.0.0.1:4000', token: 'secret' };

  it('names the protocol and shows the token as subprotocols, never in the address', () => {
    const { fake } = socket();
    const asked: unknown[] = [];
    socketTransport(endpoint, (url, subprotocols) => {
      asked.push(url, subprotocols);
      return fake;
    })(recorder().events);
    expect(asked).toEqual(['ws://127.0.0.1:4000', ['zipar.v1', 'zipar.token.secret']]);
    expect(fake.binaryType).toBe('arraybuffer');
  });

  it('tells texts from frames and reports the end with its code', () => {
    const { fake, fire } = socket();
    const { events, heard } = recorder();
    socketTransport(endpoint, () => fake)(events);
    fire('message', { data: 'text' });
    fire('message', { data: Uint8Array.of(3, 4).buffer });
    fire('close', { code: 1006, reason: '' });
    expect(heard).toEqual(['text', [3, 4], { closed: 'The connection to the sidecar ended (code 1006).' }]);
  });

  it('sends no events once it is closed here', () => {
    const { fake, fire } = socket();
    const { events, heard } = recorder();
    const transport = socketTransport(endpoint, () => fake)(events);
    transport.close();
    fire('message', { data: 'late' });
    fire('close', { code: 1000, reason: '' });
    expect(fake.closed).toBe(true);
    expect(heard).toEqual([]);
  });
});
