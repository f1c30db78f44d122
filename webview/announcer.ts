import type { Clock } from './clock';

/** After the user's own move: long enough that holding a key reads out only where it ends. */
const SETTLE_MS = 300;
/** While steps come by themselves. */
const LIVE_INTERVAL_MS = 5000;

/** Puts sentences into a live region, so few that a screen reader can keep up; of those in between the newest wins. */
export class Announcer {
  private pending: string | undefined;
  private said: string | undefined;
  private saidAt = -Infinity;
  private cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly write: (sentence: string) => void,
  ) {}

  /** `byItself`: the sentence comes of playing or of a running generation, not of a move of the user's. */
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

  private speak(): void {
    this.cancel = undefined;
    this.said = this.pending;
    this.pending = undefined;
    this.saidAt = this.clock.now();
    if (this.said !== undefined) this.write(this.said);
  }
}
