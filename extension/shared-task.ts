/** A task that runs once at a time. Requests that come while it runs share one more run after it. */
export class SharedTask {
  private present: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  /** @param work must not reject */
  constructor(private readonly work: () => Promise<void>) {}

  /** Resolves when a run that began after this request has ended. */
  request(): Promise<void> {
    this.next ??= this.present.then(() => {
      this.next = undefined;
      this.present = this.work();
      return this.present;
    });
    return this.next;
  }
}
