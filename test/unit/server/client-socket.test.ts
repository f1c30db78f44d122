import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { ClientSocket } from '../../../sidecar/server/client-socket';

const MEGABYTE = 1 << 20;

/** A socket whose client reads nothing until the test allows it. */
class UnreadSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  isPaused = false;
  pongs = 0;
  closed: readonly [code: number, reason: string] | undefined;
  private onSent: (() => void)[] = [];

  send(data: string | Uint8Array, onSent: () => void): void {
    if (this.readyState !== this.OPEN) return;
    this.bufferedAmount += data.length;
    this.onSent.push(onSent);
  }

  pong(data: Buffer, _mask: unknown, onSent: () => void): void {
    this.pongs++;
    this.send(data, onSent);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(code: number, reason: string): void {
    this.readyState = 2;
    this.closed = [code, reason];
  }

  readAll(): void {
    this.bufferedAmount = 0;
    for (const onSent of this.onSent.splice(0)) onSent();
  }
}

function setUp() {
  const socket = new UnreadSocket();
  const log: string[] = [];
  const client = new ClientSocket(socket as unknown as WebSocket, (line) => log.push(line));
  return { socket, client, log };
}

describe('the socket of a client', () => {
  it('takes no more requests while a megabyte of answers is unread, and goes on when it is read', () => {
    const { socket, client } = setUp();
    client.send('x'.repeat(MEGABYTE));
    expect(socket.isPaused).toBe(false);
    client.send('x');
    expect(socket.isPaused).toBe(true);
    socket.readAll();
    expect(socket.isPaused).toBe(false);
  });

  it('takes no more requests while 256 are unanswered', async () => {
    const { socket, client } = setUp();
    const answers: (() => void)[] = [];
    for (let i = 0; i < 256; i++) client.whileAnswering(new Promise((resolve) => answers.push(resolve)));
    expect(socket.isPaused).toBe(true);
    for (const answer of answers) answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.isPaused).toBe(false);
  });

  it('is behind when 8 MB are unread', () => {
    const { socket, client } = setUp();
    expect(client.isBehind).toBe(false);
    client.send(new Uint8Array(8 * MEGABYTE + 1));
    expect(client.isBehind).toBe(true);
    socket.readAll();
    expect(client.isBehind).toBe(false);
  });

  it('is closed with a reason, once, when 64 MB are unread', () => {
    const { socket, client, log } = setUp();
    for (let i = 0; i < 200; i++) client.send(new Uint8Array(MEGABYTE));
    expect(socket.closed).toEqual([1008, 'Too much was left unread.']);
    expect(log).toHaveLength(1);
    expect(socket.bufferedAmount).toBeLessThanOrEqual(66 * MEGABYTE);
  });

  it('answers pings, but not those of a client that does not read', () => {
    const { socket, client } = setUp();
    socket.emit('ping', Buffer.alloc(8));
    expect(socket.pongs).toBe(1);
    client.send(new Uint8Array(MEGABYTE));
    socket.emit('ping', Buffer.alloc(8));
    expect(socket.pongs).toBe(1);
  });
});
