/** Largest share of a run's time that previews nobody asked for may take. */
const MAX_SHARE = 0.01;
/** Before a model's first preview its cost is unknown; a run this long can bear one of the usual cost. */
const FIRST_PREVIEW_AFTER_MS = 2000;

/** Decides when a run may spend time on a preview: at the chosen rate, but never more than MAX_SHARE of its time. */
export class PreviewBudget {
  private spentMs = 0;
  private lastCostMs: number | undefined;
  private lastAtMs = 0;
  private inFlight = false;

  /** @param everyMs least time between two previews; 0 = none at all */
  constructor(private readonly everyMs: number) {}

  /** @param elapsedMs time the run has decoded so far */
  allows(elapsedMs: number): boolean {
    if (this.everyMs === 0 || this.inFlight || elapsedMs - this.lastAtMs < this.everyMs) return false;
    if (this.lastCostMs === undefined) return elapsedMs >= FIRST_PREVIEW_AFTER_MS;
    return this.spentMs + this.lastCostMs <= MAX_SHARE * elapsedMs;
  }

  begin(elapsedMs: number): void {
    this.inFlight = true;
    this.lastAtMs = elapsedMs;
  }

  end(costMs: number): void {
    this.inFlight = false;
    this.lastCostMs = costMs;
    this.spentMs += costMs;
  }
}
