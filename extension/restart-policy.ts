/**
 * Decides whether a crashed sidecar may start again without asking. After a rare crash the next use starts it again. If crashes
 * repeat quickly, restarts would only waste the battery, so the user decides.
 */
export class RestartPolicy {
  private crashes: number[] = [];

  constructor(
    /** Restarts allowed within `withinMs`. */
    private readonly limit = 3,
    private readonly withinMs = 120_000,
    private readonly now: () => number = Date.now,
  ) {}

  recordCrash(): void {
    this.crashes.push(this.now());
  }

  mayStart(): boolean {
    const oldest = this.now() - this.withinMs;
    this.crashes = this.crashes.filter((time) => time > oldest);
    return this.crashes.length <= this.limit;
  }

  /** Forgets earlier crashes, because the user asked for a restart. */
  forgive(): void {
    this.crashes = [];
  }
}
