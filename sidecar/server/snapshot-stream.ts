import type { WebSocket } from 'ws';
import { snapshotOf, type Run } from '../engine/engine';
import { encodeSnapshot } from '../protocol';

/**
 * Sends one client the snapshots of one run. At most one is on its way; steps made meanwhile are merged into the next,
 * which is taken when the socket is free: the latest wins, and a slow client never makes a queue grow.
 */
export class SnapshotStream {
  private sending = false;
  private sentStep = -1;

  constructor(
    private readonly socket: WebSocket,
    private readonly run: Run,
  ) {}

  /** Sends the newest state, now or as soon as the last one is through; `force` sends it even if it was sent before. */
  update(force = false): void {
    if (force) this.sentStep = -1;
    if (this.sending || this.run.trace.steps === this.sentStep) return;
    this.sending = true;
    this.sentStep = this.run.trace.steps;
    this.socket.send(encodeSnapshot(snapshotOf(this.run)), (error) => {
      this.sending = false;
      if (!error) this.update();
    });
  }

  /** Sends the newest state unless it is sent already, whatever is still on its way: nothing may overtake the end of a run. */
  flush(): void {
    this.sending = false;
    this.update();
  }
}
