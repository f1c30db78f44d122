/** The largest share of a run's time that previews may take, unless the user asks for them. */
const MAX_SHARE = 0.01;

/**
 * Decides when a run may draw a preview. Previews come at most at the chosen rate, and take at most `MAX_SHARE` of the time.
 */
export class PreviewBudget {
  private spentMs = 0;
  private lastAtMs = 0;
  private inFlight = false;

  /**
   * @param everyMs the least time between two previews, in ms; 0 = no previews
   * @param expectedMs returns the expected time of the next preview, in ms, also before the first one
   */
  constructor(
    private readonly everyMs: number,
    private readonly expectedMs: () => number,
  ) {}

  /** Whether a preview may be drawn now. @param elapsedMs the time of decoding so far */
  allows(elapsedMs: number): boolean {
    if (this.everyMs === 0 || this.inFlight || elapsedMs - this.lastAtMs < this.everyMs) return false;
    return this.spentMs + this.expectedMs() <= MAX_SHARE * elapsedMs;
  }

  /** Records that a preview is being drawn. */
  begin(elapsedMs: number): void {
    this.inFlight = true;
    this.lastAtMs = elapsedMs;
  }

  /** Records that the preview is drawn. @param costMs its time; Infinity = there are no more previews in this run */
  end(costMs: number): void {
    this.inFlight = false;
    this.spentMs += costMs;
  }
}
