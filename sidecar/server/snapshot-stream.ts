import { snapshotOf } from '../engine/describe-run';
import type { Run } from '../engine/run';
import { changesSince, encodeChanges, encodeSnapshot, type Snapshot } from '../protocol';

/** Least time between two frames. No display shows more; a step that is faster shares a frame with the next step. */
const LEAST_MS_BETWEEN = 33;
/** Time after which a frame that the client does not hold is sent again. It doubles from try to try. */
const AGAIN_AFTER_MS = 1000;
const AGAIN_AT_MOST_AFTER_MS = 60_000;

/** The socket that frames are sent on. */
interface SnapshotSocket {
  send(data: Uint8Array, onSent: (error?: Error) => void): void;
}

/**
 * Sends one client the state of one run. At most one frame is on its way, and at most thirty a second are sent. Steps made
 * meanwhile are merged into the next frame. It is taken when it is due and the way is free. So the client always gets the latest
 * state, no queue grows for a slow client, and watching costs a fast model almost nothing.
 *
 * A client that says what it holds gets only what is new since then. For such a client, the way is free when it says that it
 * holds the last frame: a slow way carries fewer frames. A frame that gets lost is made again, so nothing is lost with it. A
 * client that never says what it holds gets whole snapshots.
 */
export class SnapshotStream {
  private sending = false;
  /** Whether a client that says what it holds has not yet said so for the last frame. */
  private awaiting = false;
  private sentStep = -1;
  private sentAt = -Infinity;
  /** What the client holds; undefined when that is unknown or of an earlier edition. */
  private held: number | undefined;
  private tellsWhatItHolds = false;
  private timer: NodeJS.Timeout | undefined;
  private again: NodeJS.Timeout | undefined;
  private againAfter = AGAIN_AFTER_MS;

  constructor(
    private readonly socket: SnapshotSocket,
    private readonly run: Run,
  ) {}

  /** Sends the newest state as soon as a frame is due and the way is free. */
  update(): void {
    if (this.sending || this.awaiting || this.timer || this.isSent) return;
    const due = this.sentAt + LEAST_MS_BETWEEN - performance.now();
    if (due > 0) this.timer = setTimeout(this.onDue, due);
    else this.send();
  }

  /**
   * Sends the state to a client that begins to watch, even if it was sent before. While a frame is on its way, it waits for that
   * one.
   * @param tells whether the client says what it holds, from this frame on
   */
  hydrate(tells = false): void {
    this.tellsWhatItHolds ||= tells;
    this.held = undefined;
    if (this.sending) this.sentStep = -1;
    else this.send();
  }

  /** Sends the newest state now unless it is sent already. The end of a run must not overtake it. */
  flush(): void {
    if (!this.isSent) this.send();
  }

  /** The client says what it holds. */
  holds(step: number, edition: number): void {
    this.tellsWhatItHolds = true;
    this.held = edition === this.run.edition && step <= this.run.trace.steps ? step : undefined;
    // It may lack a frame that was lost, so the newest state counts as sent only if the client holds it.
    this.sentStep = this.held ?? -1;
    this.settle();
    this.againAfter = AGAIN_AFTER_MS;
    this.update();
  }

  /** Ends the stream: the client has gone, or does not watch any more. */
  close(): void {
    clearTimeout(this.timer);
    this.settle();
    this.sending = true;
  }

  private get isSent(): boolean {
    return this.run.trace.steps === this.sentStep;
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
    if (this.tellsWhatItHolds) this.await();
    this.socket.send(this.frame(), (error) => {
      this.sending = false;
      if (!error) this.update();
    });
  }

  private frame(): Uint8Array {
    const snapshot = snapshotOf(this.run);
    const { edition } = this.run;
    const changes = this.held === undefined ? undefined : changesSince(snapshot, this.held);
    return changes && isSmaller(changes.positions.length, snapshot)
      ? encodeChanges(changes, edition)
      : encodeSnapshot(snapshot, edition);
  }

  /** Waits until the client holds the frame. After some time the frame counts as lost. */
  private await(): void {
    this.settle();
    this.awaiting = true;
    this.again = setTimeout(() => {
      this.settle();
      this.sentStep = -1;
      this.againAfter = Math.min(2 * this.againAfter, AGAIN_AT_MOST_AFTER_MS);
      this.update();
    }, this.againAfter);
    this.again.unref();
  }

  private settle(): void {
    clearTimeout(this.again);
    this.awaiting = false;
  }
}

/** Whether the changed cells take less room than a whole snapshot. A changed cell also has its position. */
function isSmaller(changed: number, { stepOf, tracks }: Snapshot): boolean {
  return changed * (3 + tracks.length) < stepOf.length * (2 + tracks.length);
}
