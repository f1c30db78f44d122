import {
  EngineError,
  type DecodeJob,
  type EngineReport,
  type EngineRequest,
  type InspectJob,
  type StepReport,
} from './engine-messages';
import type { CellAlternatives, ProtocolError } from '../protocol';
import type { WorkerLink, WorkerListener } from './worker-link';

/** What the owner of a decoding hears of it, in this order. */
export interface DecodingListener {
  /** Weights are being packed before the model can be used. `fraction` 0..1 is done. */
  onPacking(fraction: number): void;
  /** The model is open, and the first step has begun. `notices` are sentences for the user. */
  onLoaded(ms: number, notices: readonly string[]): void;
  onStep(report: StepReport): void;
  onDecoded(state: 'complete' | 'cancelled', ms: number): void;
  /** The decoding failed. No more reports follow. */
  onFailed(error: ProtocolError): void;
  /** The inference thread ended by itself. No more reports follow. */
  onLost(error: Error): void;
}

/** Who hears what concerns no decoding. */
interface ThreadListener {
  /** A sentence for the log. */
  onNotice(text: string): void;
  /** The inference thread ended by itself while nothing was decoded. */
  onLost(error: Error): void;
}

/** A way to the inference thread. */
export type InferenceLink = Pick<WorkerLink<EngineRequest, EngineReport>, 'send' | 'drop' | 'close'>;

/** Makes the way to the inference thread. `listener` gets what the thread reports. */
export type InferenceConnector = (listener: WorkerListener<EngineRequest, EngineReport>) => InferenceLink;

/** A decoding on the inference thread. */
interface Decoding {
  readonly runId: number;
  readonly listener: DecodingListener;
  isLoading: boolean;
}

/** The caller that waits for a cell. */
interface Inspection {
  readonly resolve: (alternatives: CellAlternatives) => void;
  readonly reject: (error: EngineError) => void;
}

/** The conversation with the inference thread: one decoding at a time. Reports of an earlier decoding are dropped. */
export class InferenceClient {
  private readonly link: InferenceLink;
  private decoding: Decoding | undefined;
  private readonly inspections = new Map<number, Inspection>();
  private lastInspection = 0;

  constructor(
    connect: InferenceConnector,
    private readonly listener: ThreadListener,
  ) {
    this.link = connect({
      onReport: (report) => {
        this.onReport(report);
      },
      onLost: (error) => {
        this.failInspections(error);
        (this.take() ?? this.listener).onLost(error);
      },
    });
  }

  /** Whether the thread is opening the model: one long native call that hears no cancel. */
  get isLoading(): boolean {
    return this.decoding?.isLoading === true;
  }

  decode(runId: number, job: DecodeJob, listener: DecodingListener): void {
    this.decoding = { runId, listener, isLoading: true };
    this.link.send({ type: 'decode', runId, job });
  }

  /** Computes a cell's draw again. @throws EngineError */
  inspect(job: InspectJob): Promise<CellAlternatives> {
    const inspectId = ++this.lastInspection;
    return new Promise((resolve, reject) => {
      this.inspections.set(inspectId, { resolve, reject });
      this.link.send({ type: 'inspect', inspectId, job });
    });
  }

  /** Asks the thread to end the decoding. The thread hears it between two native calls. */
  cancel(): void {
    if (this.decoding) this.link.send({ type: 'cancel', runId: this.decoding.runId });
  }

  /** Leaves the thread behind with the decoding. A thread inside a native call cannot be ended. */
  abandon(): void {
    this.decoding = undefined;
    this.failInspections(new Error('the thread was left behind'));
    this.link.drop();
  }

  /** Resolves when every thread has ended. */
  close(): Promise<void> {
    return this.link.close();
  }

  private onReport(report: EngineReport): void {
    if (report.type === 'notice') {
      this.listener.onNotice(report.text);
      return;
    }
    if (report.type === 'inspected') {
      this.inspected(report);
      return;
    }
    if (report.runId !== this.decoding?.runId) return;
    const { listener } = this.decoding;
    switch (report.type) {
      case 'packing':
        listener.onPacking(report.fraction);
        break;
      case 'loaded':
        this.decoding.isLoading = false;
        listener.onLoaded(report.ms, report.notices);
        break;
      case 'step':
        listener.onStep(report.report);
        break;
      case 'decoded':
        this.take()?.onDecoded(report.state, report.ms);
        break;
      case 'run-failed':
        this.take()?.onFailed(report.error);
        break;
    }
  }

  private inspected({ inspectId, result }: Extract<EngineReport, { type: 'inspected' }>): void {
    const inspection = this.inspections.get(inspectId);
    this.inspections.delete(inspectId);
    if ('error' in result) inspection?.reject(EngineError.from(result.error));
    else inspection?.resolve(result);
  }

  private failInspections(cause: Error): void {
    for (const { reject } of this.inspections.values())
      reject(new EngineError('engine-failed', `The cell could not be inspected: ${cause.message}.`, { cause }));
    this.inspections.clear();
  }

  private take(): DecodingListener | undefined {
    const listener = this.decoding?.listener;
    this.decoding = undefined;
    return listener;
  }
}
