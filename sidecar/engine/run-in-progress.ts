import type { ProtocolError, RunStop } from '../protocol';
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
import { inEnglish, sentence, type Said } from '../protocol/sentence';

/**
 * The time, in ms, after which a cancelled run ends if its model is still being opened. Opening is one long native call, which
 * a cancel cannot end.
 */
const CANCEL_WITHIN_MS = 1500;

/** The parts of the engine that a run uses. */
export interface RunMachinery {
  readonly inference: InferenceClient;
  readonly pictures: RunPictures;
  readonly providers: Pick<Providers, 'reportFailure'>;
  readonly events: EngineEvents;
  /** Saves a run that waits. Never rejects. */
  readonly save: (run: Run) => Promise<void>;
  /** Returns the end of an out-of-memory message: what the user can do. Never rejects. */
  readonly memoryAdvice: (plan: RunPlan) => Promise<Said | undefined>;
  /** Changes the plan of a run so that it runs on the CPU. It is called after a failure. */
  readonly move: (run: Run, failure: ProtocolError, notice: Said) => void;
  /**
   * The longest time, in ms, that a graphics device may take to end its step after a cancel. A driver that hangs never ends it.
   */
  readonly patienceMs: number;
}

/** The two answers to the caller of `begin`: the run began, or it failed before its first step. */
interface Beginner {
  readonly began: () => void;
  readonly failed: (error: EngineError) => void;
}

/**
 * Carries out one run. It starts the decoding, records the steps, and has the picture drawn. After a failure, it begins the
 * run again on the CPU. It reports the end exactly once.
 */
export class RunInProgress implements DecodingListener {
  private readonly cancelled = new AbortController();
  private readonly previews: PreviewBudget;
  private beginner: Beginner | undefined;
  /** Whether a real preview was sent. After it, a cheap preview would only replace it by a blurred picture. */
  private hasPreview = false;
  /** Where the run waits next, or waits now; undefined: nowhere. A decoding that begins again waits there too. */
  private stop: RunStop | undefined;

  /**
   * @param previewEveryMs least time between two previews, in ms; 0 = no previews
   * @param onEnded called once, before the event `ended`
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
   * Begins the run. Resolves when the first step begins, or when the run is cancelled before its first step.
   * @param onStarted receives the run before any of its steps is reported
   * @throws EngineError when the run fails before its first step. In this case there is no event `ended`
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
   * Cancels the run. While it decodes, it ends after the current step. While its picture is drawn, it ends at once. While its
   * model is opened, it ends within two seconds. If the model is still being opened then, the engine gives up
   * the thread. It also does so if a step on a graphics device does not end in time.
   */
  cancel(): void {
    const { inference, patienceMs } = this.machinery;
    this.cancelled.abort();
    inference.cancel();
    this.later(CANCEL_WITHIN_MS, () => {
      if (inference.isLoading) this.abandon();
    });
    // On the CPU, a step always ends, so the run waits for it.
    if (this.run.plan.settings.provider === 'cpu') return;
    this.later(patienceMs, () => {
      this.blameProvider();
      this.abandon();
    });
  }

  /** Lets the run wait after its next step. It has no effect when all tokens are decided. */
  pause(): void {
    this.stop = { kind: 'step', step: this.run.trace.steps + 1 };
    this.machinery.inference.pause();
  }

  /** Lets the run go on. @param until where it waits again; undefined: nowhere */
  goOn(until: RunStop | undefined): void {
    const { run, machinery } = this;
    this.stop = until;
    machinery.inference.goOn(until);
    if (!run.isPaused) return;
    run.isPaused = false;
    machinery.events.emit('goes-on', run);
  }

  onPaused(): void {
    const { run } = this;
    this.stop = { kind: 'step', step: run.trace.steps };
    run.isPaused = true;
    // Saving never rejects.
    void this.machinery.save(run).then(() => {
      if (run.isPaused) this.machinery.events.emit('paused', run);
    });
  }

  onPacking(fraction: number): void {
    this.machinery.events.emit('packing', this.run, fraction);
  }

  onLoaded(ms: number, notices: readonly Said[]): void {
    const { run } = this;
    run.timings = { ...run.timings, loadMs: ms };
    // A run that moved to the CPU opens its model a second time. The user has already read these notices.
    if (run.stage.kind !== 'loading') return;
    run.beginDecoding(notices);
    this.takeBeginner()?.began();
  }

  onStep(report: StepReport): void {
    const { run, previews } = this;
    if (!run.record(report)) return;
    this.machinery.events.emit('step', run);
    // Neither `sendPreview` nor `sendCheapPreview` rejects.
    if (previews.allows(run.timings.decodeMs)) void this.sendPreview();
    else if (!this.hasPreview) void this.sendCheapPreview();
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
        run.isPaused = false;
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
    if (this.stop) this.machinery.inference.goOn(this.stop);
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
    if (!image) return;
    this.hasPreview = true;
    machinery.events.emit('preview', run, step, image);
  }

  private async sendCheapPreview(): Promise<void> {
    const { run, previews, machinery } = this;
    const image = await machinery.pictures.cheapPreview(run, previews);
    if (image && run.stage.kind === 'decoding') machinery.events.emit('preview', run, run.trace.steps, image);
  }

  private async drawFinished(): Promise<void> {
    const { run, machinery } = this;
    const { steps } = run.trace;
    if (run.plan.patch === 0) {
      this.end({ kind: 'complete', picture: undefined });
      return;
    }
    machinery.events.emit('drawing', run, machinery.pictures.expectedMs(run));
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
    const advice = error.code === 'out-of-memory' ? await machinery.memoryAdvice(run.plan) : undefined;
    if (advice === undefined) {
      this.endFailed(error);
      return;
    }
    const said = sentence`${error.sentence ?? error.message} ${advice}`;
    this.endFailed({ ...error, message: inEnglish(said), sentence: said });
  }

  /** Waits for work that ends the run. If the work itself fails, the run ends as failed. */
  private follow(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.endFailed(errorReport(error));
    });
  }

  /** Records that the provider failed, so that later runs do not use it. */
  private blameProvider(): void {
    const { plan, trace } = this.run;
    const { provider } = plan.settings;
    const message = `${inEnglish(providerName(provider))} did not come back from step ${trace.steps + 1}`;
    this.machinery.providers.reportFailure(provider, message);
  }

  /** Gives up the inference thread and ends the run as cancelled. A thread inside a native call cannot be ended. */
  private abandon(): void {
    this.machinery.inference.abandon();
    this.endCancelled();
  }

  /** Ends the run as cancelled. If its first step had not begun, `begin` resolves as if the step had begun. */
  private endCancelled(): void {
    if (this.run.state !== 'running') return;
    this.takeBeginner()?.began();
    this.end({ kind: 'cancelled' });
  }

  /** Ends the run as failed. If its first step had not begun, `begin` rejects, and there is no event `ended`. */
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
    this.run.isPaused = false;
    this.onEnded();
    this.machinery.events.emit('ended', this.run);
  }

  private takeBeginner(): Beginner | undefined {
    const { beginner } = this;
    this.beginner = undefined;
    return beginner;
  }

  /** Calls a function after some time, unless the run has ended before. @param ms the time to wait */
  private later(ms: number, act: () => void): void {
    setTimeout(() => {
      if (this.run.state === 'running') act();
    }, ms).unref();
  }
}
