import { Worker, type WorkerOptions } from 'node:worker_threads';

/** What the owner of a thread does with what comes from it. */
export interface WorkerListener<Request, Report> {
  /** @param reply speaks to the very thread that reported */
  readonly onReport: (report: Report, reply: (request: Request) => void) => void;
  /** The thread ended though nobody asked it to. The next request starts another. */
  readonly onLost: (error: Error) => void;
}

/** A worker thread that starts with the first request. A thread that was lost is replaced at the next one. */
export class WorkerLink<Request, Report> {
  private worker: Worker | undefined;
  /** Threads that were told to end and are not through yet, because they are inside native calls. */
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

  /** Leaves the thread behind: nothing more is heard from it, and it ends as soon as its native call returns. */
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

  /** Resolves when every thread has ended, those left behind included. */
  async close(): Promise<void> {
    this.drop();
    await Promise.all(this.ending);
  }

  private start(): Worker {
    const worker = new Worker(this.script, this.options);
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
    // Also without an error: native code, or a library, may end a thread by itself.
    worker.on('exit', (code) => {
      lost(new Error(`the thread ended by itself, with exit code ${code}`));
    });
    return worker;
  }
}
