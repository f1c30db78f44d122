import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Limits what a thread holds of objects that live for a short time. V8 would take up to 48 MB for them in each thread. Our
 * threads make few such objects: the numbers of a step lie outside of V8's heap.
 */
export const SMALL_YOUNG_GENERATION = { maxYoungGenerationSizeMb: 6 } as const;

/** The functions that receive the reports of a thread. */
export interface WorkerListener<Request, Report> {
  /** @param reply sends a message to the thread that reported */
  readonly onReport: (report: Report, reply: (request: Request) => void) => void;
  /** The thread ended unexpectedly. The next request starts another thread. */
  readonly onLost: (error: Error) => void;
}

/**
 * The connection to a worker thread. The first request starts the thread. If it ends, the next request starts another thread.
 */
export class WorkerLink<Request, Report> {
  private worker: Worker | undefined;
  /** The threads that were told to end, but still run, because they are inside native calls. */
  private readonly ending = new Set<Promise<void>>();

  constructor(
    private readonly script: string,
    private readonly listener: WorkerListener<Request, Report>,
    private readonly options: WorkerOptions = {},
  ) {}

  send(request: Request): void {
    this.worker ??= this.start();
    this.worker.postMessage(request);
  }

  /** Gives up the thread. Its later messages are ignored, and it ends as soon as its native call returns. */
  drop(): void {
    const { worker } = this;
    if (!worker) return;
    this.worker = undefined;
    const ended = (): void => {
      this.ending.delete(end);
    };
    const end = worker.terminate().then(ended, ended);
    this.ending.add(end);
  }

  /** Ends the thread. Resolves when this thread and all threads that were given up have ended. */
  async close(): Promise<void> {
    this.drop();
    await Promise.all(this.ending);
  }

  private start(): Worker {
    const worker = new Worker(this.script, { resourceLimits: SMALL_YOUNG_GENERATION, ...this.options });
    const lost = (error: Error): void => {
      if (this.worker !== worker) return;
      this.drop();
      this.listener.onLost(error);
    };
    worker.on('message', (report: Report) => {
      if (this.worker !== worker) return;
      this.listener.onReport(report, (request) => {
        worker.postMessage(request);
      });
    });
    worker.on('error', (thrown: unknown) => {
      lost(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
    worker.on('messageerror', lost);
    // A thread can end without an error, because native code or a library may end it.
    worker.on('exit', (code) => {
      lost(new Error(`the thread ended by itself, with exit code ${code}`));
    });
    return worker;
  }
}
