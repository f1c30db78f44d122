import { EngineError } from './engine-messages';
import type {
  FileReport,
  FileRequest,
  FileTask,
  FileTaskResults,
  FileTasksByKind,
  ProviderAnswer,
  ProviderQuestion,
} from './file-messages';
import type { ProviderKnowledge } from './providers';
import { WorkerLink } from './worker-link';
import { sentence } from '../protocol/sentence';

interface Waiting {
  readonly task: FileTask;
  readonly onFound: (model: string) => void;
  readonly resolve: (result: FileTaskResults[keyof FileTaskResults]) => void;
  readonly reject: (error: EngineError) => void;
}

/** The options of a task. */
interface TaskOptions {
  /** Cancels the task at once, even if the thread is busy. */
  readonly signal?: AbortSignal;
  /** Receives the name of the model, in a task that plans a run. */
  readonly onFound?: (model: string) => void;
}

/** The largest memory for JavaScript values in the thread, in MB. No model folder needs more. */
const HEAP_MEGABYTES = 2048;

/** Gives tasks to the file thread, and answers its questions about providers. */
export class FileTasks {
  private readonly link: WorkerLink<FileRequest, FileReport>;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  /**
   * @param script the file thread's script: file-worker.ts, built
   * @param models folder of the models that ship
   */
  constructor(
    script: string,
    models: string,
    private readonly providers: ProviderKnowledge,
  ) {
    this.link = new WorkerLink<FileRequest, FileReport>(
      script,
      {
        onReport: (report, reply) => {
          this.onReport(report, reply);
        },
        onLost: (error) => {
          this.onLost(error);
        },
      },
      { workerData: models, resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES } },
    );
  }

  /** Carries out a task on the thread. @throws EngineError; its code is `cancelled` if the signal was aborted */
  run<Kind extends keyof FileTasksByKind>(
    task: FileTasksByKind[Kind] & { readonly kind: Kind },
    { signal, onFound = () => undefined }: TaskOptions = {},
  ): Promise<FileTaskResults[Kind]> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, {
        task,
        onFound,
        // The result has the kind of the task.
        resolve: resolve as Waiting['resolve'],
        reject,
      });
      signal?.addEventListener('abort', () => {
        this.leave(id);
      });
      this.link.send({ type: 'task', id, task });
    });
  }

  close(): Promise<void> {
    return this.link.close();
  }

  /**
   * Cancels a task. The thread may be busy with this task for a long time. So the thread is given up, and the other tasks begin
   * again on another thread.
   */
  private leave(id: number): void {
    const left = this.take(id);
    if (!left) return;
    this.link.drop();
    for (const [otherId, { task }] of this.waiting) this.link.send({ type: 'task', id: otherId, task });
    left.reject(
      new EngineError('cancelled', sentence`The request was cancelled before its picture was begun.`),
    );
  }

  private onReport(report: FileReport, reply: (request: FileRequest) => void): void {
    switch (report.type) {
      case 'done':
        this.take(report.id)?.resolve(report.result);
        break;
      case 'failed':
        this.take(report.id)?.reject(EngineError.from(report.error));
        break;
      case 'found':
        this.waiting.get(report.id)?.onFound(report.model);
        break;
      case 'question': {
        const { questionId, question } = report;
        this.answerTo(question).then(
          (answer) => {
            reply({ type: 'answer', questionId, answer });
          },
          (error: unknown) => {
            this.link.drop();
            this.onLost(error instanceof Error ? error : new Error(String(error)));
          },
        );
        break;
      }
    }
  }

  private answerTo(question: ProviderQuestion): Promise<ProviderAnswer> {
    switch (question.about) {
      case 'devices':
        return this.providers.devices();
      case 'products':
        return this.providers.productTimes(question.size);
      case 'verdict':
        return this.providers.verdict(question.provider, question.depth);
    }
  }

  private onLost(cause: Error): void {
    const tasks = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of tasks)
      reject(
        new EngineError('engine-failed', sentence`The files could not be read: ${cause.message}.`, { cause }),
      );
  }

  private take(id: number): Waiting | undefined {
    const found = this.waiting.get(id);
    this.waiting.delete(id);
    return found;
  }
}
