import type { WebSocket } from 'ws';

/** Unsent bytes at which the sidecar reads no more requests: each request would only add an answer. */
const PAUSE_BYTES = 1 << 20;
/** Unsent bytes at which the sidecar leaves out messages that the client did not request. */
const BEHIND_BYTES = 8 << 20;
/** Unsent bytes at which the client is disconnected. */
const MOST_BYTES = 64 << 20;
/** Most unanswered requests. At this number the sidecar reads no more of them. */
const MOST_UNANSWERED = 256;
/** Close code of RFC 6455: the client breaks the rules. */
const POLICY_VIOLATION = 1008;

/**
 * A client's socket that holds only a limited number of bytes for the client. While a client does not read its answers, its
 * requests are not read either. A client that still lets too many bytes pile up is disconnected.
 */
export class ClientSocket {
  private unanswered = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly log: (line: string) => void,
  ) {
    socket.on('ping', (data: Buffer) => {
      this.pong(data);
    });
  }

  /** Whether many bytes wait for this client, so that pictures and progress are better left out. */
  get isBehind(): boolean {
    return this.socket.bufferedAmount > BEHIND_BYTES;
  }

  /** @param onSent called when the data have left this process, or with the reason why they have not */
  send(data: string | Uint8Array, onSent: (error?: Error) => void = () => undefined): void {
    if (this.socket.readyState === this.socket.OPEN && this.socket.bufferedAmount > MOST_BYTES)
      this.disconnect();
    this.socket.send(data, (error) => {
      this.onDrained();
      onSent(error);
    });
    this.pauseWhenFull();
  }

  /** Counts a request as under way until the promise settles. */
  whileAnswering(answer: Promise<void>): void {
    this.unanswered++;
    this.pauseWhenFull();
    const settled = (): void => {
      this.unanswered--;
      this.onDrained();
    };
    answer.then(settled, settled);
  }

  /** Answers a ping of the WebSocket itself. A client that does not read needs no answer. */
  private pong(data: Buffer): void {
    if (this.isFull()) return;
    this.socket.pong(data, undefined, () => {
      this.onDrained();
    });
    this.pauseWhenFull();
  }

  private isFull(): boolean {
    return this.socket.bufferedAmount > PAUSE_BYTES || this.unanswered >= MOST_UNANSWERED;
  }

  private pauseWhenFull(): void {
    if (this.isFull()) this.socket.pause();
  }

  private onDrained(): void {
    if (this.socket.isPaused && !this.isFull()) this.socket.resume();
  }

  /** Disconnects the client. The WebSocket library ends the connection when the client does not react. */
  private disconnect(): void {
    this.log(`A client left more than ${MOST_BYTES >> 20} MB unread and is disconnected.`);
    this.socket.resume();
    this.socket.close(POLICY_VIOLATION, 'Too much was left unread.');
  }
}
