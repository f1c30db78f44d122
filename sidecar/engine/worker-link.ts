import { Worker, type WorkerOptions } from 'node:worker_threads';

/** What the owner of a thread does with the thread's reports. */
export interface WorkerListener<Request, Report> {
  /** @param reply sends a message to the thread that reported */
  readonly onReport: (report: Report, reply: (request: Request) => void) => void;
  /** The thread ended without a request to end. The next request starts another. */
  readonly onLost: (error: Error) => void;
}

/** A worker thread that starts with the first request. After a loss, the next request starts another thread. */
export class WorkerLink<Request, Report> {
  private worker: Worker | undefined;
  /** Threads that were told to end and still run, because they are inside native calls. */
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

  /** Leaves the thread behind. Its later messages are ignored, and it ends as soon as its native call returns. */
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

  /** Resolves when every thread has ended, including threads left behind. */
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
    // A thread can end without an error: native code, or a library, may end it.
    worker.on('exit', (code) => {
      lost(new Error(`the thread ended by itself, with exit code ${code}`));
    });
    return worker;
  }
}
