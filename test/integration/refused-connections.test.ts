/** The sidecar survives whatever other programs on this machine send to its port, and keeps none of their connections. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SUBPROTOCOL, tokenSubprotocol } from '../../sidecar/protocol';
import { SidecarProcess } from './sidecar-process';

const CONNECTIONS = Number(process.env.ZIPAR_CONNECTIONS ?? 10_000);
const AT_ONCE = 40;
const SEED = 12;

let sidecar: SidecarProcess;
beforeEach(async () => {
  sidecar = await SidecarProcess.start();
});
afterEach(() => sidecar.kill());

function upgrade(...headers: readonly string[]): string {
  return [
    'GET / HTTP/1.1',
    'Host: 127.0.0.1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...headers,
    '',
    '',
  ].join('\r\n');
}

function protocols(token: string): string {
  return `Sec-WebSocket-Protocol: ${SUBPROTOCOL}, ${tokenSubprotocol(token)}`;
}

/** What is sent, and what the client does afterwards. If the client waits, the sidecar must close the connection. */
type Attack = readonly [sent: (random: () => number) => string, then: 'wait' | 'reset' | 'close'];

const REFUSED = (): string => upgrade();
const ATTACKS: readonly Attack[] = [
  [REFUSED, 'wait'],
  [REFUSED, 'reset'],
  [REFUSED, 'close'],
  [() => upgrade(protocols('0'.repeat(64))), 'wait'],
  [() => upgrade(protocols('é')), 'reset'],
  [() => upgrade(protocols(sidecar.token), 'Origin: https://example.com'), 'wait'],
  [() => upgrade(protocols(sidecar.token), 'Origin: https://example.com') + 'x'.repeat(1000), 'reset'],
  [() => REFUSED() + REFUSED(), 'close'],
  [() => REFUSED().replace('GET /', 'GET /../../etc/passwd'), 'wait'],
  [() => upgrade(protocols(sidecar.token)), 'reset'],
  [() => upgrade(protocols(sidecar.token)).replace('AAAA==', 'A'), 'wait'],
  [() => upgrade(protocols(sidecar.token)).replace('Version: 13', 'Version: 99'), 'wait'],
  [() => 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'wait'],
  [() => 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(20), 'reset'],
  [() => 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nxxx', 'wait'],
  [() => 'POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n', 'wait'],
  [() => 'CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n', 'wait'],
  [() => `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`, 'wait'],
  [() => `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`, 'reset'],
  [(random) => String.fromCharCode(...Array.from({ length: 200 }, () => 128 + random() * 128)), 'wait'],
  [() => '', 'reset'],
  [() => '', 'close'],
  [() => 'GET / HT', 'close'],
];

/** Resolves when the connection is closed at both ends. */
async function attack([sent, then]: Attack, random: () => number): Promise<void> {
  // The client never ends its own half by itself.
  const socket = connect({ port: sidecar.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined).resume();
  await new Promise((resolve) => {
    socket.once('close', resolve);
    socket.once('end', () => socket.destroy());
    socket.once('connect', () => {
      socket.write(sent(random), 'latin1', () => {
        if (then === 'reset') socket.resetAndDestroy();
        else if (then === 'close') socket.destroy();
      });
    });
  });
}

/** Mulberry32, a random generator: the attacks are the same, in the same order, each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function expectPicture(): Promise<void> {
  const client = await sidecar.connect();
  const { runId } = await client.generate({ decoderSettings: { window: 1 } });
  expect(await client.next('run-ended')).toMatchObject({ runId, state: 'complete' });
}

describe('connections without access', () => {
  it(
    `are closed at once, ${CONNECTIONS} of every kind, and then a picture is made`,
    { timeout: 300_000 },
    async () => {
      const random = seeded(SEED);
      let left = CONNECTIONS;
      const attackOn = async (): Promise<void> => {
        while (left-- > 0) {
          const chosen = ATTACKS[Math.floor(random() * ATTACKS.length)];
          if (chosen) await attack(chosen, random);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, attackOn));
      await expectPicture();
    },
  );

  it('are closed soon when they send nothing, or too slowly, and block no other client', async () => {
    const starts = ['', 'GET / HTTP/1.1\r\nX: ', 'POST / HTTP/1.1\r\nContent-Length: 99\r\n\r\n', '\r\n'];
    const sockets: Socket[] = [];
    const closed: Promise<unknown>[] = [];
    for (let i = 0; i < 1000; i++) {
      const socket = connect({ port: sidecar.port, host: '127.0.0.1', allowHalfOpen: true });
      closed.push(new Promise((resolve) => socket.once('close', resolve)));
      socket.on('error', () => undefined).resume();
      socket.once('end', () => socket.destroy());
      socket.write(starts[i % starts.length] ?? '');
      sockets.push(socket);
    }
    await expectPicture();
    const trickle = setInterval(() => {
      for (const socket of sockets) if (!socket.destroyed) socket.write('a');
    }, 500);
    await Promise.all(closed);
    clearInterval(trickle);
  });
});
