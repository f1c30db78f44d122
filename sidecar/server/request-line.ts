/** Carries out requests one after the other. */
export class RequestLine {
  private readonly waiting: (() => void)[] = [];
  private isBusy = false;

  /** Does the work when its turn comes. The promise never settles if the line is cleared before that. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isBusy) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
    this.isBusy = true;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.isBusy = false;
    }
  }

  /** Forgets the work that has not begun. */
  clear(): void {
    this.waiting.length = 0;
  }
}
