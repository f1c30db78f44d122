import { snapshotOf } from '../engine/describe-run';
import type { Run } from '../engine/run';
import { encodeSnapshot } from '../protocol';

/** Least time between two snapshots. No display shows more; a step that is faster shares a snapshot with the next step. */
const LEAST_MS_BETWEEN = 33;

/** The socket that snapshots are sent on. */
interface SnapshotSocket {
  send(data: Uint8Array, onSent: (error?: Error) => void): void;
}

/**
 * Sends one client the snapshots of one run. At most one snapshot is on its way, and at most thirty a second are sent.
 * Steps made meanwhile are merged into the next snapshot. It is taken when it is due and the socket is free. So the client
 * always gets the latest state, no queue grows for a slow client, and watching costs a fast model almost nothing.
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

  /** Sends the newest state as soon as a snapshot is due and the last one has been sent. */
  update(): void {
    if (this.sending || this.timer || this.run.trace.steps === this.sentStep) return;
    const due = this.sentAt + LEAST_MS_BETWEEN - performance.now();
    if (due > 0) this.timer = setTimeout(this.onDue, due);
    else this.send();
  }

  /**
   * Sends the state to a client that begins to watch, even if it was sent before. While a snapshot is on its way, it waits
   * for that one.
   */
  hydrate(): void {
    if (this.sending) this.sentStep = -1;
    else this.send();
  }

  /** Sends the newest state now unless it is sent already. The end of a run must not overtake it. */
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
