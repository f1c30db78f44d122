const WINDOW_MS = 5000;

/** Bytes a second over the last seconds. A waiting person wants to know this. */
export class TransferSpeed {
  private samples: { readonly at: number; readonly bytes: number }[] = [];

  /**
   * Records how much has come.
   * @param bytes received since the beginning
   * @param now milliseconds, from any point on
   * @returns bytes a second; 0 while it is not known yet
   */
  update(bytes: number, now: number): number {
    this.samples.push({ at: now, bytes });
    this.samples = this.samples.filter(({ at }) => now - at <= WINDOW_MS);
    const oldest = this.samples[0];
    if (!oldest || oldest.at === now) return 0;
    return Math.max(0, ((bytes - oldest.bytes) / (now - oldest.at)) * 1000);
  }
}
