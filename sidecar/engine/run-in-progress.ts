import type { ProtocolError } from '../protocol';
import type { EngineEvents } from './engine-events';
import { EngineError, type StepReport } from './engine-messages';
import { errorReport } from './error-report';
import { afterFailure, lostThreadFailure, type AfterFailure } from './failover';
import type { DecodingListener, InferenceClient } from './inference-client';
import type { PreviewBudget } from './preview-budget';
import { providerName } from './provider-choice';
import type { Providers } from './providers';
import type { Run, RunEnd } from './run';
import type { RunPictures } from './run-pictures';
import type { RunPlan } from './run-plan';

/** How long a cancelled run may go on loading its model. Loading is one long native call. */
const CANCEL_WITHIN_MS = 1500;

/** What carries out runs. */
export interface RunMachinery {
  readonly inference: InferenceClient;
  readonly pictures: RunPictures;
  readonly providers: Pick<Providers, 'reportFailure'>;
  readonly events: EngineEvents;
  /** The rest of an out-of-memory message. Never rejects. */
  readonly memoryAdvice: (plan: RunPlan) => Promise<string>;
  /** Moves a run to the CPU after a failure. */
  readonly move: (run: Run, failure: ProtocolError, notice: string) => void;
  /** How long a graphics device may take to notice that a run was cancelled; a driver that hangs never does. */
  readonly patienceMs: number;
}

/** The caller of `begin`, which waits until the first step has begun. */
interface Beginner {
  readonly began: () => void;
  readonly failed: (error: EngineError) => void;
}

/** Carries out one run: opens its model, records its steps, moves it after a failure, draws its picture, and ends it once. */
export class RunInProgress implements DecodingListener {
  private readonly cancelled = new AbortController();
  private readonly previews: PreviewBudget;
  private beginner: Beginner | undefined;

  /**
   * @param previewEveryMs least time between two previews; 0 = no previews
   * @param onEnded called once, before anybody else hears of the end
   */
  constructor(
    readonly run: Run,
    previewEveryMs: number,
    private readonly machinery: RunMachinery,
    private readonly onEnded: () => void,
  ) {
    this.previews = machinery.pictures.budget(run, previewEveryMs);
  }

  /**
   * Begins the run. Resolves when the first step has begun, or when the run was cancelled before.
   * @param onStarted receives the run before its first step can be reported
   * @throws EngineError when the run fails before its first step; its end is not reported then
   */
  begin(onStarted: (run: Run) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const began = (): void => {
        onStarted(this.run);
        resolve();
      };
      this.beginner = { began, failed: reject };
      this.machinery.pictures.prepare(this.run);
      this.decode();
    });
  }

  /**
   * Ends the run within one step; at once while its picture is drawn; within two seconds while its model is opened. If the
   * thread hears no cancel in time, it is left behind.
   */
  cancel(): void {
    const { inference, patienceMs } = this.machinery;
    this.cancelled.abort();
    inference.cancel();
    this.later(CANCEL_WITHIN_MS, () => {
      if (inference.isLoading) this.abandon();
    });
    // A step on the CPU always ends.
    if (this.run.plan.settings.provider === 'cpu') return;
    this.later(patienceMs, () => {
      this.blameProvider();
      this.abandon();
    });
  }

  onPacking(fraction: number): void {
    this.machinery.events.emit('packing', this.run, fraction);
  }

  onLoaded(ms: number, notices: readonly string[]): void {
    const { run } = this;
    run.timings = { ...run.timings, loadMs: ms };
    // A run that moved to another provider loads its model again, but its watchers have already read these notices.
    if (run.stage.kind !== 'loading') return;
    run.beginDecoding(notices);
    this.takeBeginner()?.began();
  }

  onStep(report: StepReport): void {
    const { run, previews } = this;
    if (!run.record(report)) return;
    this.machinery.events.emit('step', run);
    if (previews.allows(run.timings.decodeMs)) void this.sendPreview(); // never rejects
  }

  onDecoded(state: 'complete' | 'cancelled', ms: number): void {
    const { run } = this;
    if (state === 'cancelled') {
      run.endDecoding(ms);
      this.endCancelled();
      return;
    }
    run.beginDrawing(ms);
    this.follow(this.drawFinished());
  }

  onFailed(error: ProtocolError): void {
    const { run } = this;
    const next = this.after(error);
    switch (next.kind) {
      case 'cancelled':
        this.endCancelled();
        break;
      case 'move':
        this.machinery.move(run, error, next.notice);
        run.repeatDecoding();
        this.decode();
        break;
      case 'fail':
        this.follow(this.fail(error, next));
        break;
    }
  }

  onLost(cause: Error): void {
    const { provider } = this.run.plan.settings;
    const error = lostThreadFailure(errorReport(cause), provider);
    this.machinery.events.emit('crashed', error);
    this.onFailed(error);
  }

  private decode(): void {
    const { runId, plan } = this.run;
    this.machinery.inference.decode(runId, plan.job, this);
  }

  private after(error: ProtocolError): AfterFailure {
    const { settings, onProviderFailure } = this.run.plan;
    return afterFailure(error, {
      provider: settings.provider,
      policy: onProviderFailure,
      isCancelled: this.cancelled.signal.aborted,
    });
  }

  private async sendPreview(): Promise<void> {
    const { run, previews, machinery } = this;
    const step = run.trace.steps;
    const image = await machinery.pictures.preview(run, previews);
    if (image) machinery.events.emit('preview', run, step, image);
  }

  private async drawFinished(): Promise<void> {
    const { run, machinery } = this;
    const { steps } = run.trace;
    if (run.plan.patch === 0) {
      this.end({ kind: 'complete', picture: undefined });
      return;
    }
    try {
      const { image, ms } = await machinery.pictures.draw(run, steps, this.cancelled.signal);
      run.timings = { ...run.timings, imageMs: ms };
      machinery.events.emit('preview', run, steps, image);
      this.end({ kind: 'complete', picture: image });
    } catch (thrown) {
      const error = errorReport(thrown);
      const next = this.after(error);
      if (next.kind === 'cancelled') this.endCancelled();
      else await this.fail(error, next);
    }
  }

  private async fail(error: ProtocolError, next: AfterFailure): Promise<void> {
    const { run, machinery } = this;
    if (next.kind === 'fail' && next.isProviders)
      machinery.providers.reportFailure(run.plan.settings.provider, error.message);
    const advice = error.code === 'out-of-memory' ? await machinery.memoryAdvice(run.plan) : '';
    this.endFailed({ ...error, message: error.message + advice });
  }

  /** Ends the run also when the work that ends a run fails. */
  private follow(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.endFailed(errorReport(error));
    });
  }

  private blameProvider(): void {
    const { plan, trace } = this.run;
    const { provider } = plan.settings;
    const message = `${providerName(provider)} did not come back from step ${trace.steps + 1}`;
    this.machinery.providers.reportFailure(provider, message);
  }

  /** Leaves the thread behind: a thread inside a native call cannot be ended. */
  private abandon(): void {
    this.machinery.inference.abandon();
    this.endCancelled();
  }

  /** Ends a run as cancelled. If the run had not begun, its request is answered as if it had. */
  private endCancelled(): void {
    if (this.run.state !== 'running') return;
    this.takeBeginner()?.began();
    this.end({ kind: 'cancelled' });
  }

  /** Ends a run as failed. If the run had not begun, its request is refused, and nobody else hears of the run. */
  private endFailed(error: ProtocolError): void {
    const beginner = this.takeBeginner();
    if (beginner) {
      this.run.stage = { kind: 'failed', error };
      this.onEnded();
      beginner.failed(EngineError.from(error));
    } else this.end({ kind: 'failed', error });
  }

  private end(stage: RunEnd): void {
    if (this.run.state !== 'running') return;
    this.run.stage = stage;
    this.onEnded();
    this.machinery.events.emit('ended', this.run);
  }

  private takeBeginner(): Beginner | undefined {
    const { beginner } = this;
    this.beginner = undefined;
    return beginner;
  }

  /** Does something after a time, unless the run has ended by then. */
  private later(ms: number, act: () => void): void {
    setTimeout(() => {
      if (this.run.state === 'running') act();
    }, ms).unref();
  }
}
