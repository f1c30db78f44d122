import type { Program } from '../runtime/runtime';

/** Adds up the time, in ms, that is spent inside the sessions that it watches. */
export class SessionClock {
  private total = 0;

  get ms(): number {
    return this.total;
  }

  /** Times all runs of a session from now on. The session behaves as before for its user. */
  watch(session: Pick<Program, 'run'>): void {
    const run = session.run.bind(session) as (...args: readonly unknown[]) => Promise<unknown>;
    const timed = async (...args: readonly unknown[]): Promise<unknown> => {
      const start = performance.now();
      try {
        return await run(...args);
      } finally {
        this.total += performance.now() - start;
      }
    };
    session.run = timed as Program['run'];
  }
}
