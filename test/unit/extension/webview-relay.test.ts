import { describe, expect, it } from 'vitest';
import type { HostToWebview } from '../../../sidecar/protocol';
import { WebviewRelay } from '../../../extension/webview-relay';
import { fakeSidecar } from './fake-sidecar';

/** Waits until the condition holds. The test's own time limit applies. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the relay', () => {
  const sidecar = fakeSidecar();

  it('passes text and frames on, both ways and unchanged', async () => {
    const posted: HostToWebview[] = [];
    const relay = new WebviewRelay(sidecar().endpoint, (message) => Promise.resolve(posted.push(message)));
    sidecar().answer = ({ id }, socket) => {
      socket.send(JSON.stringify({ type: 'pong', id }));
      socket.send(Uint8Array.of(1, 2, 3));
    };
    // A message sent before the socket is open is kept, not lost.
    relay.send('{"type":"ping","id":1}');
    await until(() => posted.length === 4);
    relay.close();
    expect(sidecar().received).toEqual([{ type: 'ping', id: 1 }]);
    expect(posted[0]).toEqual({ type: 'relay-opened' });
    expect(posted[1]).toMatchObject({
      type: 'relay-text',
      text: expect.stringContaining('"hello"') as string,
    });
    expect(posted[2]).toEqual({ type: 'relay-text', text: '{"type":"pong","id":1}' });
    expect(posted[3]).toEqual({ type: 'relay-binary', bytes: Uint8Array.of(1, 2, 3) });
  });

  it('says once that it ended', async () => {
    const posted: HostToWebview[] = [];
    new WebviewRelay(sidecar().endpoint, (message) => Promise.resolve(posted.push(message)));
    await until(() => posted.length === 2);
    for (const socket of sidecar().sockets) socket.close(1001);
    await until(() => posted.length === 3);
    expect(posted[2]).toEqual({ type: 'relay-closed', reason: 'closed with code 1001' });
  });

  it('says that it could not be opened', async () => {
    const posted: HostToWebview[] = [];
    new WebviewRelay({ ...sidecar().endpoint, token: 'wrong' }, (message) =>
      Promise.resolve(posted.push(message)),
    );
    await until(() => posted.length > 0);
    expect(posted).toEqual([{ type: 'relay-closed', reason: 'Unexpected server response: 401' }]);
  });

  it('is silent after it was closed', async () => {
    const posted: HostToWebview[] = [];
    const relay = new WebviewRelay(sidecar().endpoint, (message) => Promise.resolve(posted.push(message)));
    await until(() => posted.length === 2);
    relay.close();
    await until(() => sidecar().sockets.length === 0);
    expect(posted).toHaveLength(2);
  });

  it('stops reading while the webview has not taken what was sent', async () => {
    const posted: HostToWebview[] = [];
    const taken: (() => void)[] = [];
    const relay = new WebviewRelay(sidecar().endpoint, (message) => {
      posted.push(message);
      return new Promise<void>((resolve) => taken.push(resolve));
    });
    sidecar().answer = (_, socket) => {
      // Messages are sent one at a time: data that arrives in one piece is passed on in one piece.
      let sent = 0;
      const timer = setInterval(() => {
        socket.send(Uint8Array.of(sent));
        if (++sent === 20) clearInterval(timer);
      }, 5);
    };
    relay.send('{"type":"ping","id":1}');
    await until(() => posted.length >= 4);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(posted.length).toBeLessThan(12);
    const takeAll = setInterval(() => {
      for (const take of taken.splice(0)) take();
    }, 1);
    await until(() => posted.length === 22);
    clearInterval(takeAll);
    relay.close();
  });
});
