import { snapshotOf, type Run } from '../engine/engine';
import { encodeSnapshot } from '../protocol';

/** No display shows more than this brings: a step that is faster shares a snapshot with the next. */
const LEAST_MS_BETWEEN = 33;

/** Where snapshots go. */
interface SnapshotSocket {
  send(data: Uint8Array, onSent: (error?: Error) => void): void;
}

/**
 * Sends one client the snapshots of one run. At most one is on its way and at most thirty a second are sent; steps made
 * meanwhile are merged into the next, taken when it is due and the socket is free. So the latest wins, a slow client
 * never makes a queue grow, and watching costs a fast model next to nothing.
 */
export class SnapshotStream {
  private sending = false;
  private sentStep = -1;
  private sentAt = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: SnapshotSocket,
    private readonly run: Run,
  ) {}

  /** Sends the newest state as soon as one is due and the last one is through. */
  update(): void {
    if (this.sending || this.timer || this.run.trace.steps === this.sentStep) return;
    const due = this.sentAt + LEAST_MS_BETWEEN - performance.now();
    if (due > 0) this.timer = setTimeout(this.onDue, due);
    else this.send();
  }

  /** Sends the state, even if it was sent before: for who begins to watch. With one on its way, as soon as that is through. */
  hydrate(): void {
    if (this.sending) this.sentStep = -1;
    else this.send();
  }

  /** Sends the newest state now unless it is sent already: nothing may overtake the end of a run. */
  flush(): void {
    if (this.run.trace.steps !== this.sentStep) this.send();
  }

  private readonly onDue = (): void => {
    this.timer = undefined;
    this.update();
  };

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending = true;
    this.sentStep = this.run.trace.steps;
    this.sentAt = performance.now();
    this.socket.send(encodeSnapshot(snapshotOf(this.run)), (error) => {
      this.sending = false;
      if (!error) this.update();
    });
  }
}
