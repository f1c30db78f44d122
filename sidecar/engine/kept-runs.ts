import type { Run } from './run';

/** The number of runs whose traces are kept, for clients that watch them and for exports. */
const RUNS_KEPT = 16;

/** Keeps the newest runs by their ids. */
export class KeptRuns {
  private readonly runs = new Map<number, Run>();
  private lastRunId = 0;

  /** An id that no run had before: 1, 2, 3 … */
  nextId(): number {
    return ++this.lastRunId;
  }

  /** Keeps a run. If there are more than `RUNS_KEPT`, the oldest one is forgotten. */
  keep(run: Run): void {
    this.runs.set(run.runId, run);
    const [oldest] = this.runs.keys();
    if (this.runs.size > RUNS_KEPT && oldest !== undefined) this.runs.delete(oldest);
  }

  /** The run with this id; 0 = the newest. Undefined when the run never existed or is forgotten. */
  get(runId: number): Run | undefined {
    return runId === 0 ? [...this.runs.values()].at(-1) : this.runs.get(runId);
  }

  forget(runId: number): void {
    this.runs.delete(runId);
  }
}
