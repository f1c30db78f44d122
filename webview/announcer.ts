import type { Clock } from './clock';

/** Delay after the user's own move. A user who holds a key hears only where the movement ends. */
const SETTLE_MS = 300;
/** Shortest time between two sentences while steps come by themselves. */
const LIVE_INTERVAL_MS = 5000;

/**
 * Puts sentences into a live region, slowly enough for a screen reader. Sentences that come too fast are dropped, except the newest.
 */
export class Announcer {
  private pending: string | undefined;
  private said: string | undefined;
  private saidAt = -Infinity;
  private cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly write: (sentence: string) => void,
  ) {}

  /** Reads a sentence aloud. `byItself`: playing or a running generation caused it, not a move of the user. */
  say(sentence: string, byItself: boolean): void {
    if (sentence === (this.pending ?? this.said)) return;
    this.pending = sentence;
    if (byItself && this.cancel) return;
    this.cancel?.();
    const wait = byItself
      ? Math.max(SETTLE_MS, this.saidAt + LIVE_INTERVAL_MS - this.clock.now())
      : SETTLE_MS;
    this.cancel = this.clock.after(wait, () => {
      this.speak();
    });
  }

  /** Reads a sentence aloud at once. It takes the place of any sentence that waits. */
  announce(sentence: string): void {
    this.cancel?.();
    this.pending = sentence;
    this.speak();
  }

  private speak(): void {
    this.cancel = undefined;
    this.said = this.pending;
    this.pending = undefined;
    this.saidAt = this.clock.now();
    if (this.said !== undefined) this.write(this.said);
  }
}
