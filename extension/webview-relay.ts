import type WebSocket from 'ws';
import type { HostToWebview, SidecarEndpoint } from '../sidecar/protocol';
import { openSocket } from './sidecar-connection';

/** Number of unfinished posts at which the socket is paused. */
const POSTS_AHEAD = 4;

/**
 * The webview's second transport: a separate socket, opened here, whose messages are passed on unread. Text from the webview
 * goes to the sidecar unchanged; the sidecar checks the messages of every client.
 *
 * If the webview takes frames more slowly than they arrive, the relay pauses the socket. The sidecar then sees a slow client
 * and sends only the latest snapshots.
 */
export class WebviewRelay {
  private readonly socket: WebSocket;
  private readonly unsent: string[] = [];
  private posting = 0;
  private closed = false;

  constructor(
    endpoint: SidecarEndpoint,
    private readonly post: (message: HostToWebview) => PromiseLike<unknown>,
  ) {
    this.socket = openSocket(endpoint);
    this.socket.on('open', () => {
      this.deliver({ type: 'relay-opened' });
      for (const text of this.unsent.splice(0)) this.socket.send(text);
    });
    this.socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      this.deliver(
        isBinary
          ? { type: 'relay-binary', bytes: new Uint8Array(bytes) }
          : { type: 'relay-text', text: bytes.toString('utf8') },
      );
    });
    this.socket.on('error', (error) => {
      this.end(error.message);
    });
    this.socket.on('close', (code) => {
      this.end(`closed with code ${code}`);
    });
  }

  send(text: string): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(text);
    else if (this.socket.readyState === this.socket.CONNECTING) this.unsent.push(text);
  }

  /** Stops sending to the webview, because the webview asked for that or is gone. */
  close(): void {
    this.closed = true;
    this.socket.terminate();
  }

  private end(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    void this.post({ type: 'relay-closed', reason });
  }

  private deliver(message: HostToWebview): void {
    if (this.closed) return;
    this.posting++;
    if (this.posting >= POSTS_AHEAD) this.socket.pause();
    const done = (): void => {
      this.posting--;
      if (this.posting < POSTS_AHEAD && this.socket.isPaused) this.socket.resume();
    };
    this.post(message).then(done, done);
  }
}
