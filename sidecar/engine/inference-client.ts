import type {
  DecodeJob,
  EngineReport,
  EngineRequest,
  InspectJob,
  ScoreJob,
  StepReport,
} from './engine-messages';
import { PendingAnswers } from './pending-answers';
import type { CellAlternatives, Likelihoods, ProtocolError, RunStop } from '../protocol';
import type { WorkerLink, WorkerListener } from './worker-link';
import { sentence, type Said } from '../protocol/sentence';

/** Receives the reports on a decoding. They arrive in the order of these functions. */
export interface DecodingListener {
  /** The weights are being packed, before the model is opened. @param fraction the part that is done, 0..1 */
  onPacking(fraction: number): void;
  /**
   * The model is open, and the first step begins. If the run was cancelled while weights were packed, this is reported too, and
   * `onDecoded` with "cancelled" follows.
   * @param ms the time since the thread began the job
   * @param notices sentences for the user
   */
  onLoaded(ms: number, notices: readonly Said[]): void;
  onStep(report: StepReport): void;
  /** The decoding waits between two steps, until `goOn` or `cancel`. */
  onPaused(): void;
  /** The decoding ended, and no more reports follow. @param ms the time of all steps */
  onDecoded(state: 'complete' | 'cancelled', ms: number): void;
  /** The decoding failed. No more reports follow. */
  onFailed(error: ProtocolError): void;
  /** The inference thread ended unexpectedly. No more reports follow. */
  onLost(error: Error): void;
}

/** Receives reports of the inference thread that belong to no decoding. */
interface ThreadListener {
  /** A sentence for the log. */
  onNotice(text: string): void;
  /** The inference thread ended unexpectedly while nothing was decoded. */
  onLost(error: Error): void;
}

/** A connection to the inference thread. */
export type InferenceLink = Pick<WorkerLink<EngineRequest, EngineReport>, 'send' | 'drop' | 'close'>;

/** Makes the connection to the inference thread. @param listener receives the reports of the thread */
export type InferenceConnector = (listener: WorkerListener<EngineRequest, EngineReport>) => InferenceLink;

/** A decoding that the inference thread is working on. */
interface Decoding {
  readonly runId: number;
  readonly listener: DecodingListener;
  isLoading: boolean;
}

/**
 * Sends requests to the inference thread and passes on its reports. It has one decoding at a time, and ignores reports of
 * earlier ones.
 */
export class InferenceClient {
  private readonly link: InferenceLink;
  private decoding: Decoding | undefined;
  private readonly inspections = new PendingAnswers<CellAlternatives>(
    (reason) => sentence`The cell could not be inspected: ${reason}.`,
  );
  private readonly scorings = new PendingAnswers<Likelihoods>(
    (reason) => sentence`The likelihoods could not be computed: ${reason}.`,
  );

  constructor(
    connect: InferenceConnector,
    private readonly listener: ThreadListener,
  ) {
    this.link = connect({
      onReport: (report) => {
        this.onReport(report);
      },
      onLost: (error) => {
        this.failQuestions(error);
        (this.take() ?? this.listener).onLost(error);
      },
    });
  }

  /**
   * Whether the thread is still preparing the model: it packs weights, or it opens the model. A cancel ends the packing, but it
   * cannot end the native call that opens the model.
   */
  get isLoading(): boolean {
    return this.decoding?.isLoading === true;
  }

  /** Starts a decoding. The reports of an earlier decoding are ignored from now on. */
  decode(runId: number, job: DecodeJob, listener: DecodingListener): void {
    this.decoding = { runId, listener, isLoading: true };
    this.link.send({ type: 'decode', runId, job });
  }

  /** Computes a cell's draw again. @throws EngineError */
  inspect(job: InspectJob): Promise<CellAlternatives> {
    return this.inspections.ask((inspectId) => {
      this.link.send({ type: 'inspect', inspectId, job });
    });
  }

  /** Computes how likely tokens are in raster order. @throws EngineError */
  score(job: ScoreJob): Promise<Likelihoods> {
    return this.scorings.ask((scoreId) => {
      this.link.send({ type: 'score', scoreId, job });
    });
  }

  /** Asks the thread to let the decoding wait after its next step. */
  pause(): void {
    if (this.decoding) this.link.send({ type: 'pause', runId: this.decoding.runId });
  }

  /** Lets the decoding go on. @param until where it waits again; undefined: nowhere */
  goOn(until: RunStop | undefined): void {
    if (this.decoding) this.link.send({ type: 'go-on', runId: this.decoding.runId, until });
  }

  /** Asks the thread to end the decoding. The thread takes the request between two native calls. */
  cancel(): void {
    if (this.decoding) this.link.send({ type: 'cancel', runId: this.decoding.runId });
  }

  /**
   * Gives up the thread and its decoding. No more reports follow, and the next decoding gets another thread. A thread inside a
   * native call cannot be ended; it ends when the call returns.
   */
  abandon(): void {
    this.decoding = undefined;
    this.failQuestions(new Error('the thread was left behind'));
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
      this.inspections.settle(report.inspectId, report.result);
      return;
    }
    if (report.type === 'scored') {
      this.scorings.settle(report.scoreId, report.result);
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
      case 'paused':
        listener.onPaused();
        break;
      case 'decoded':
        this.take()?.onDecoded(report.state, report.ms);
        break;
      case 'run-failed':
        this.take()?.onFailed(report.error);
        break;
    }
  }

  private failQuestions(cause: Error): void {
    for (const pending of [this.inspections, this.scorings]) pending.failAll(cause);
  }

  private take(): DecodingListener | undefined {
    const listener = this.decoding?.listener;
    this.decoding = undefined;
    return listener;
  }
}
