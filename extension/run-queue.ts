import type { RepeatableRun } from './run-under-way';

/** A run that waits for the runs before it. */
export interface QueuedRun {
  readonly id: number;
  readonly run: RepeatableRun;
}

interface Waiting extends QueuedRun {
  readonly begin: () => void;
  readonly leave: () => void;
}

/** Makes runs one after another. A run that comes while another is made waits in line. */
export class RunQueue {
  private waitingRuns: Waiting[] = [];
  private currentRun: QueuedRun | undefined;
  private made: Promise<unknown> = Promise.resolve();
  private lastId = 0;

  /** @param onChange called whenever a run comes, begins, leaves or changes its place */
  constructor(private readonly onChange: () => void) {}

  /** The run that is being made. */
  get current(): QueuedRun | undefined {
    return this.currentRun;
  }

  /** Resolves when the run that is being made has been made and kept, or has failed; at once when there is none. */
  async currentMade(): Promise<void> {
    await this.made.catch(() => undefined);
  }

  /** The runs that wait, the next one first. */
  get waiting(): readonly QueuedRun[] {
    return this.waitingRuns;
  }

  /**
   * Makes a run when its turn comes. A run that fails holds up no other.
   * @returns what `make` returns; undefined when the run was taken out of the queue
   */
  async add<T>(run: RepeatableRun, make: () => Promise<T>): Promise<T | undefined> {
    const queued = { id: ++this.lastId, run };
    if (this.currentRun && !(await this.turnOf(queued))) return undefined;
    this.currentRun = queued;
    this.onChange();
    const making = make();
    this.made = making;
    try {
      return await making;
    } finally {
      const next = this.waitingRuns.shift();
      // The next run takes its turn before a new request can.
      this.currentRun = next;
      next?.begin();
      this.onChange();
    }
  }

  /** Takes a waiting run out. False when no such run waits. */
  remove(id: number): boolean {
    const found = this.waitingRuns.find((each) => each.id === id);
    if (!found) return false;
    this.waitingRuns = this.waitingRuns.filter((each) => each !== found);
    found.leave();
    this.onChange();
    return true;
  }

  /** Takes all waiting runs out. */
  clear(): void {
    const all = this.waitingRuns;
    this.waitingRuns = [];
    for (const { leave } of all) leave();
    this.onChange();
  }

  /** Moves a waiting run by some places, but not beyond the ends of the line. */
  move(id: number, by: number): void {
    const from = this.waitingRuns.findIndex((each) => each.id === id);
    const [moved] = from < 0 ? [] : this.waitingRuns.splice(from, 1);
    if (!moved) return;
    const to = Math.min(Math.max(from + by, 0), this.waitingRuns.length);
    this.waitingRuns.splice(to, 0, moved);
    this.onChange();
  }

  private turnOf(queued: QueuedRun): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = (): void => {
        resolve(true);
      };
      const leave = (): void => {
        resolve(false);
      };
      this.waitingRuns.push({ ...queued, begin, leave });
      this.onChange();
    });
  }
}
