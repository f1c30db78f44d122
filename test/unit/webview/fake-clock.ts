import type { Clock } from '../../../webview/clock';

/** A clock whose time passes only when a test says so. */
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

  /** Simulates a long stall: nothing runs until it is over, then every due task runs. */
  stall(ms: number): void {
    this.time += ms;
    this.pass(0);
  }

  private next(until: number) {
    return [...this.tasks].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
  }
}
