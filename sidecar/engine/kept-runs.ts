import type { Run } from './run';

/** Finished runs whose traces are kept for watchers and export. */
const RUNS_KEPT = 16;

/** The newest runs, by id. */
export class KeptRuns {
  private readonly runs = new Map<number, Run>();
  private lastRunId = 0;

  /** An id that no run had before: 1, 2, 3 … */
  nextId(): number {
    return ++this.lastRunId;
  }

  /** Keeps a run. The oldest one is forgotten when there are more than 16. */
  keep(run: Run): void {
    this.runs.set(run.runId, run);
    const [oldest] = this.runs.keys();
    if (this.runs.size > RUNS_KEPT && oldest !== undefined) this.runs.delete(oldest);
  }

  /** The run with this id; 0 = the newest. Undefined when the run is not known, or not any more. */
  get(runId: number): Run | undefined {
    return runId === 0 ? [...this.runs.values()].at(-1) : this.runs.get(runId);
  }

  forget(runId: number): void {
    this.runs.delete(runId);
  }
}
