const WINDOW_MS = 5000;

/** Bytes a second over the last seconds, which is what a person who waits wants to know. */
export class TransferSpeed {
  private samples: { readonly at: number; readonly bytes: number }[] = [];

  /**
   * @param bytes received since the beginning
   * @param now milliseconds, from any point on
   * @returns 0 until there is something to tell
   */
  update(bytes: number, now: number): number {
    this.samples.push({ at: now, bytes });
    this.samples = this.samples.filter(({ at }) => now - at <= WINDOW_MS);
    const oldest = this.samples[0];
    if (!oldest || oldest.at === now) return 0;
    return Math.max(0, ((bytes - oldest.bytes) / (now - oldest.at)) * 1000);
  }
}
