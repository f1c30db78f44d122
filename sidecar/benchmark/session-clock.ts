import type { InferenceSession } from 'onnxruntime-node';

/** Adds up the time that is spent inside the sessions it watches, ms. */
export class SessionClock {
  private total = 0;

  get ms(): number {
    return this.total;
  }

  /** From now on; whoever holds the session notices nothing. */
  watch(session: Pick<InferenceSession, 'run'>): void {
    const run = session.run.bind(session) as (...args: readonly unknown[]) => Promise<unknown>;
    const timed = async (...args: readonly unknown[]): Promise<unknown> => {
      const start = performance.now();
      try {
        return await run(...args);
      } finally {
        this.total += performance.now() - start;
      }
    };
    session.run = timed as InferenceSession['run'];
  }
}
