import { beforeEach, describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION, type SidecarMessage } from '../../../sidecar/protocol';
import { SidecarLink } from '../../../webview/transport/sidecar-link';
import type { OpenTransport, TransportEvents } from '../../../webview/transport/transport';
import { FakeClock } from './fake-clock';

const ENDPOINT = { url: 'ws://127.0.0.1:4000', token: 'secret' };
const HELLO = {
  type: 'hello',
  protocol: PROTOCOL_VERSION,
  build: { version: '0', onnxruntime: '0', node: '0' },
  capabilities: { providers: [], decoders: [], repositories: [] },
} satisfies SidecarMessage;

/** A transport whose far end is the test. */
class Road {
  readonly opened: { readonly events: TransportEvents; readonly sent: string[]; closed: boolean }[] = [];

  readonly open: OpenTransport = (events) => {
    const connection = { events, sent: [] as string[], closed: false };
    this.opened.push(connection);
    return {
      send: (text) => connection.sent.push(text),
      close: () => {
        connection.closed = true;
      },
    };
  };

  get latest() {
    const connection = this.opened.at(-1);
    if (!connection) throw new Error('Nothing was opened.');
    return connection;
  }

  hello(protocol = PROTOCOL_VERSION): void {
    this.latest.events.text(JSON.stringify({ ...HELLO, protocol }));
  }
}

let clock: FakeClock;
let socket: Road;
let relay: Road;
let log: string[];
let link: SidecarLink;

beforeEach(() => {
  clock = new FakeClock();
  socket = new Road();
  relay = new Road();
  log = [];
  link = new SidecarLink({ socket: () => socket.open, relay: relay.open }, clock, {
    opened: () => log.push('opened'),
    message: (message) => log.push(message.type),
    frame: (frame) => log.push(frame.kind),
    unreadable: () => log.push('unreadable'),
    interrupted: () => log.push('interrupted'),
    lost: (reason) => log.push(`lost: ${reason}`),
  });
});

describe('sidecar link', () => {
  it('is open once the sidecar has said hello on its socket', () => {
    link.connect(ENDPOINT, false);
    expect(link.send({ type: 'ping', id: 1 })).toBe(false);
    socket.hello();
    expect(log).toEqual(['opened']);
    expect(link.send({ type: 'ping', id: 1 })).toBe(true);
    expect(socket.latest.sent).toEqual(['{"type":"ping","id":1}']);
    expect(relay.opened).toHaveLength(0);
  });

  it('takes the relay when the socket is refused', () => {
    link.connect(ENDPOINT, false);
    socket.latest.events.closed('refused');
    relay.hello();
    expect(log).toEqual(['opened']);
  });

  it('takes the relay when the socket says nothing for 3 seconds', () => {
    link.connect(ENDPOINT, false);
    clock.pass(2999);
    expect(relay.opened).toHaveLength(0);
    clock.pass(1);
    expect(socket.latest.closed).toBe(true);
    relay.hello();
    expect(log).toEqual(['opened']);
  });

  it('takes the relay at once when told to, or when the browser refuses the address', () => {
    link.connect(ENDPOINT, true);
    relay.hello();
    expect(socket.opened).toHaveLength(0);
    const strict = new SidecarLink(
      {
        socket: () => () => {
          throw new Error('The address is not allowed.');
        },
        relay: relay.open,
      },
      clock,
      { ...silent, opened: () => log.push('opened too') },
    );
    strict.connect(ENDPOINT, false);
    relay.hello();
    expect(log).toEqual(['opened', 'opened too']);
  });

  it('reconnects with the transport that worked', () => {
    link.connect(ENDPOINT, false);
    socket.latest.events.closed('refused');
    relay.hello();
    relay.latest.events.closed('gone');
    clock.pass(1000);
    expect(relay.opened).toHaveLength(2);
    expect(socket.opened).toHaveLength(1);
    relay.hello();
    expect(log).toEqual(['opened', 'interrupted', 'opened']);
  });

  it('gives up after five attempts', () => {
    link.connect(ENDPOINT, true);
    for (let i = 0; i < 20; i++) {
      if (log.some((entry) => entry.startsWith('lost'))) break;
      relay.latest.events.closed('gone');
      clock.pass(20_000);
    }
    expect(relay.opened.length).toBeLessThanOrEqual(10);
    expect(log.at(-1)).toMatch(/^lost: /);
    expect(clock.waiting).toBe(0);
  });

  it('gives up on a sidecar that greets and leaves again and again', () => {
    link.connect(ENDPOINT, true);
    for (const wait of [500, 1000, 2000, 4000]) {
      relay.hello();
      relay.latest.events.closed('gone');
      clock.pass(wait);
    }
    relay.hello();
    relay.latest.events.closed('gone');
    expect(relay.opened).toHaveLength(5);
    expect(log.at(-1)).toBe('lost: gone');
  });

  it('starts counting again after a connection that held', () => {
    link.connect(ENDPOINT, true);
    for (let i = 0; i < 12; i++) {
      relay.hello();
      clock.pass(10_000);
      relay.latest.events.closed('gone');
      clock.pass(600);
    }
    expect(relay.opened).toHaveLength(13);
  });

  it('refuses a sidecar of another protocol in a readable sentence, for good', () => {
    link.connect(ENDPOINT, false);
    socket.hello(PROTOCOL_VERSION + 1);
    clock.pass(60_000);
    expect(log).toEqual([
      `lost: The sidecar speaks protocol ${PROTOCOL_VERSION + 1} and this view speaks ${PROTOCOL_VERSION}: reload the window, so that both are of one version.`,
    ]);
  });

  it('reports what it cannot read and goes on', () => {
    link.connect(ENDPOINT, false);
    socket.hello();
    socket.latest.events.text('{');
    socket.latest.events.bytes(Uint8Array.of(1, 2, 3));
    socket.latest.events.text('{"type":"pong","id":1}');
    expect(log).toEqual(['opened', 'unreadable', 'unreadable', 'pong']);
  });

  it('ignores events of a connection that it has left', () => {
    link.connect(ENDPOINT, false);
    const former = socket.latest;
    link.connect({ url: 'ws://127.0.0.1:4001', token: 'new' }, false);
    socket.hello();
    former.events.closed('late');
    former.events.text('{"type":"pong","id":1}');
    expect(log).toEqual(['opened']);
  });
});

const silent = {
  opened: () => undefined,
  message: () => undefined,
  frame: () => undefined,
  unreadable: () => undefined,
  interrupted: () => undefined,
  lost: () => undefined,
};
