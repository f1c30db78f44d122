import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refusal } from './access';

/** Time in which a connection must show its token. It is long, because a busy client may be slow. */
const ENTER_WITHIN_MS = 5000;
/** Most connections that have not shown a token. Beyond this number the oldest is closed. */
const MOST_OUTSIDE = 512;
/** Most bytes of headers. A browser's headers take about 1 kB. */
const MAX_HEADER_BYTES = 16 << 10;
/** Least time between two lines about refused connections. */
const LEAST_MS_BETWEEN_LINES = 1000;

const HTTP_STATUS = { 401: 'Unauthorized', 403: 'Forbidden' } as const;

/** A connection that showed the token, with what it sent after its headers. */
export type Admit = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * An HTTP server that lets WebSocket upgrades with the right token through. It closes every other connection at once. Only
 * a limited number of connections wait for this decision, and none for long.
 */
export class Door {
  readonly server: Server;
  private readonly outside = new Map<Duplex, NodeJS.Timeout>();
  private refused = 0;
  private lastLineAt = -Infinity;

  constructor(
    private readonly token: string,
    private readonly admit: Admit,
    private readonly log: (line: string) => void,
  ) {
    this.server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (_, response) => {
      response.writeHead(426, { Connection: 'close' }).end('This is a WebSocket server.\n');
    });
    this.server.on('connection', (socket) => {
      this.onConnection(socket);
    });
    this.server.on('upgrade', (request, socket, head) => {
      this.onUpgrade(request, socket, head);
    });
    // For example too many open files: the connection is lost, but the server goes on.
    this.server.on('error', (error) => {
      log(`A connection could not be taken: ${error.message}`);
    });
  }

  /** Closes the server and the connections that wait. */
  close(): Promise<void> {
    for (const socket of this.outside.keys()) socket.destroy();
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  private onConnection(socket: Socket): void {
    // Node's HTTP server removes its own listener at an upgrade, and an 'error' without a listener ends the process.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.leave(socket);
    });
    this.outside.set(
      socket,
      setTimeout(() => socket.destroy(), ENTER_WITHIN_MS),
    );
    for (const oldest of this.outside.keys()) {
      if (this.outside.size <= MOST_OUTSIDE) break;
      this.leave(oldest);
      oldest.destroy();
    }
  }

  private leave(socket: Duplex): void {
    clearTimeout(this.outside.get(socket));
    this.outside.delete(socket);
  }

  private onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const status = refusal(request, this.token);
    if (status === undefined) {
      this.leave(socket);
      this.admit(request, socket, head);
      return;
    }
    this.logRefusal(status);
    const answer = `HTTP/1.1 ${status} ${HTTP_STATUS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
    // Closes both halves: the client may keep its own half open as long as it likes.
    socket.end(answer, () => socket.destroy());
  }

  private logRefusal(status: 401 | 403): void {
    this.refused++;
    const now = performance.now();
    if (now - this.lastLineAt < LEAST_MS_BETWEEN_LINES) return;
    this.lastLineAt = now;
    this.log(`Refused a connection (${status}); ${this.refused} in all.`);
  }
}
