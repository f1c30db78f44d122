/** Largest share of a run's time that previews may take without a request of the user. */
const MAX_SHARE = 0.01;

/** Decides when a run may spend time on a preview: at the chosen rate, but never more than MAX_SHARE of its time. */
export class PreviewBudget {
  private spentMs = 0;
  private lastAtMs = 0;
  private inFlight = false;

  /**
   * @param everyMs least time between two previews; 0 = no previews
   * @param expectedMs expected cost of the next preview; known before the first preview is drawn
   */
  constructor(
    private readonly everyMs: number,
    private readonly expectedMs: () => number,
  ) {}

  /**
   * Whether a preview may be drawn now.
   * @param elapsedMs time that the run has decoded so far
   * @param costMs what it will cost; of a real picture when absent
   */
  allows(elapsedMs: number, costMs = this.expectedMs()): boolean {
    if (this.everyMs === 0 || this.inFlight || elapsedMs - this.lastAtMs < this.everyMs) return false;
    return this.spentMs + costMs <= MAX_SHARE * elapsedMs;
  }

  begin(elapsedMs: number): void {
    this.inFlight = true;
    this.lastAtMs = elapsedMs;
  }

  end(costMs: number): void {
    this.inFlight = false;
    this.spentMs += costMs;
  }
}
