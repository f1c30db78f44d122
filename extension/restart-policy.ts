/**
 * Whether a crashed sidecar may be started again without asking. A crash now and then is mended by the next use;
 * one that repeats at once would only burn the battery, so then the user decides.
 */
export class RestartPolicy {
  #crashes: number[] = [];

  constructor(
    /** Restarts allowed within `withinMs`. */
    private readonly limit = 3,
    private readonly withinMs = 120_000,
    private readonly now: () => number = Date.now,
  ) {}

  recordCrash(): void {
    this.#crashes.push(this.now());
  }

  mayStart(): boolean {
    const oldest = this.now() - this.withinMs;
    this.#crashes = this.#crashes.filter((time) => time > oldest);
    return this.#crashes.length <= this.limit;
  }

  /** The user asked for a restart: earlier crashes no longer count. */
  forgive(): void {
    this.#crashes = [];
  }
}
