import type { Clock } from '../../../webview/clock';

/** Time that passes only when told to. */
export class FakeClock implements Clock {
  private time = 0;
  private readonly tasks = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const task = { at: this.time + ms, run };
    this.tasks.add(task);
    return () => {
      this.tasks.delete(task);
    };
  }

  get waiting(): number {
    return this.tasks.size;
  }

  pass(ms: number): void {
    const until = this.time + ms;
    for (let next = this.next(until); next; next = this.next(until)) {
      this.tasks.delete(next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = until;
  }

  /** A long stall: nothing runs until it is over, then what is due. */
  stall(ms: number): void {
    this.time += ms;
    this.pass(0);
  }

  private next(until: number) {
    return [...this.tasks].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
  }
}
