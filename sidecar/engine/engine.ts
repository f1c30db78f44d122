import { EventEmitter } from 'node:events';
import { fillUndecided } from '../decoding/fill-undecided';
import { Trace } from '../decoding/trace';
import type { GenerateRequest, ModelSummary, ProtocolError, RunState } from '../protocol';
import { EngineError, type DecodedImage, type EngineReport, type EngineRequest } from './engine-messages';
import { errorReport } from './error-report';
import { FileTasks } from './file-tasks';
import { movedToCpu } from './execution-choice';
import { memoryAdvice } from './out-of-memory';
import { PictureCosts, type PictureWork } from './picture-costs';
import { PictureProcess, type DrawnPicture } from './picture-process';
import { PreviewBudget } from './preview-budget';
import { providerName } from './provider-choice';
import { Providers } from './providers';
import { recordOf, type Run } from './run';
import { movedTo, type RunPlan } from './run-plan';
import { WorkerLink } from './worker-link';

/** Finished runs whose traces are kept for watchers and export. */
const RUNS_KEPT = 16;

/** How long a graphics device may take to notice that a run was cancelled; a driver that hangs never does. */
const PATIENCE_MS = 15_000;

/** How long a cancelled run may go on loading its model. Loading is one long native call. */
const CANCEL_WITHIN_MS = 1500;

/** A preview that takes longer than this many times its expected time is given up: the budget did not foresee the cost. */
const PREVIEW_OVERRUN = 2;
/** Additional time for starting the process that draws and for opening its image decoder. */
const PREVIEW_START_MS = 2000;

interface EngineEvents {
  /** The weights are packed before the run can begin. `fraction` 0..1 is done. */
  packing: [run: Run, fraction: number];
  /** A sentence for the log. */
  notice: [text: string];
  step: [run: Run];
  /** A picture of the cells that are decided so far. */
  preview: [run: Run, step: number, image: DecodedImage];
  ended: [run: Run];
  /** The provider failed, and the run begins again on another provider. The old trace is kept until the new one overtakes it. */
  moved: [run: Run, notice: string];
  /** The inference thread died. */
  crashed: [error: ProtocolError];
}

/** Where the engine finds its parts. */
export interface EnginePaths {
  /** Script of the inference thread. */
  readonly worker: string;
  /** Script of the thread that reads model folders. */
  readonly files: string;
  /** Script of the process that draws pictures. */
  readonly pictures: string;
  /** Script of the process that tries providers. */
  readonly proof: string;
  /** Folder of the models that ship. */
  readonly models: string;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Makes pictures: hands runs to the inference thread one at a time, keeps their traces, and tells its listeners.
 * The engine never computes itself, so its thread stays free to serve.
 */
export class Engine {
  readonly events = new EventEmitter<EngineEvents>();
  private readonly files: FileTasks;
  private readonly worker: WorkerLink<EngineRequest, EngineReport>;
  private readonly runs = new Map<number, Run>();
  private readonly pictures: PictureProcess;
  private readonly costs = new PictureCosts();
  private readonly loading = new Map<number, Waiting<undefined>>();
  /** The request whose model is being searched. */
  private planning: { readonly runId: number; readonly cancel: AbortController } | undefined;
  private active: { run: Run; previews: PreviewBudget; cancel: AbortController } | undefined;
  /** True from the moment a request is taken, before its plan is made, so that no second request is taken. */
  private busy = false;
  private lastRunId = 0;

  constructor(
    readonly paths: EnginePaths,
    readonly providers = Providers.ofThisMachine(paths.proof),
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.files = new FileTasks(paths.files, paths.models, providers);
    this.pictures = new PictureProcess(paths.pictures, paths.worker);
    this.worker = new WorkerLink<EngineRequest, EngineReport>(paths.worker, {
      onReport: (report) => {
        this.onReport(report);
      },
      onLost: (error) => {
        this.onCrash(error);
      },
    });
  }

  get isBusy(): boolean {
    return this.busy;
  }

  /** @param textEncoder folder that the user names for models that take captions */
  listModels(
    folders: readonly string[],
    textEncoder: string | undefined,
  ): Promise<{ models: ModelSummary[]; problems: string[] }> {
    return this.files.run({ kind: 'list', folders, textEncoder });
  }

  /**
   * Begins a picture. Resolves when its model is loaded and the first step has begun.
   * @param onLoading receives the model's name as soon as it is known, and the id that the run will have
   * @param onStarted receives the run before its first step can be reported
   * @throws EngineError
   */
  async start(
    request: GenerateRequest,
    onLoading: (model: string, runId: number) => void = () => undefined,
    onStarted: (run: Run) => void = () => undefined,
  ): Promise<Run> {
    if (this.busy)
      throw new EngineError('busy', 'A picture is being made; cancel it or wait until it is done.');
    this.busy = true;
    const runId = ++this.lastRunId;
    let run: Run | undefined;
    try {
      const plan = await this.plan(runId, request, onLoading);
      run = {
        runId,
        startedAt: Date.now(),
        plan,
        trace: new Trace(plan.grid, plan.steps.least),
        replay: undefined,
        notices: plan.notices,
        state: 'running',
        timings: { loadMs: 0, decodeMs: 0, imageMs: 0 },
        error: undefined,
        picture: undefined,
      };
      this.active = {
        run,
        previews: this.previewBudget(run, request.tokensOnly === true ? 0 : (request.previewEveryMs ?? 0)),
        cancel: new AbortController(),
      };
      this.remember(run);
      await this.load(run, onStarted);
      return run;
    } catch (error) {
      this.runs.delete(runId);
      this.active = undefined;
      this.busy = false;
      throw EngineError.from(errorReport(error));
    }
  }

  /** The run with this id; 0 = the newest. */
  run(runId: number): Run | undefined {
    return runId === 0 ? [...this.runs.values()].at(-1) : this.runs.get(runId);
  }

  /**
   * Asks a run to end. The run ends within one step; at once while its picture is drawn; within two seconds while its model
   * is opened.
   * A run that has ended stays as it is.
   * @param runId 0 = the newest
   * @returns false when no such run is known
   */
  cancel(runId: number): boolean {
    const { planning, active } = this;
    if (planning && (runId === 0 || runId === planning.runId)) {
      planning.cancel.abort();
      return true;
    }
    const run = this.run(runId);
    if (!run) return false;
    if (active?.run !== run) return true;
    active.cancel.abort();
    this.worker.send({ type: 'cancel', runId: run.runId });
    this.endLater(run);
    return true;
  }

  /**
   * Ends a run later if it does not end itself. The thread learns of a cancel only between two native calls. If a call takes
   * too long, the thread is left behind.
   */
  private endLater(run: Run): void {
    const after = (ms: number, isStuck: () => boolean, abandon: () => void): void => {
      setTimeout(() => {
        if (run.state === 'running' && isStuck()) abandon();
      }, ms).unref();
    };
    after(
      CANCEL_WITHIN_MS,
      () => this.loading.has(run.runId),
      () => {
        this.abandon(run);
      },
    );
    // A step on the CPU always ends.
    if (run.plan.settings.provider === 'cpu') return;
    after(
      this.patienceMs,
      () => true,
      () => {
        this.blameProvider(run);
      },
    );
  }

  /** Draws the tokens decided up to `step`. @throws EngineError */
  async picture(run: Run, step: number): Promise<DecodedImage> {
    if (run.plan.patch === 0)
      throw new EngineError('bad-request', 'This run was for tokens only; it has no picture.');
    if (step < 1 || step > run.trace.steps) {
      throw new EngineError(
        'bad-request',
        `Step ${step} is outside 1..${run.trace.steps}, the steps done so far.`,
      );
    }
    if (run.picture && step === run.trace.steps) return run.picture;
    const { image } = await this.drawAnywhere(run, step);
    return image;
  }

  /** The finished picture as a PNG file, with its metadata and its trace. @throws EngineError */
  async png(run: Run): Promise<Uint8Array> {
    if (run.state !== 'complete')
      throw new EngineError('bad-request', 'Only a finished picture can be exported; wait until it is done.');
    const image = await this.picture(run, run.trace.steps);
    return this.files.run({ kind: 'png', image, record: recordOf(run) });
  }

  /** The run so far as a `.zipar` file: its trace without a picture. @throws EngineError */
  async traceFile(run: Run): Promise<Uint8Array> {
    return this.files.run({ kind: 'trace', record: recordOf(run) });
  }

  /** Ends threads and processes. Resolves when their native calls have returned. */
  async close(): Promise<void> {
    this.pictures.close();
    await Promise.all([this.worker.close(), this.files.close()]);
  }

  private async plan(
    runId: number,
    request: GenerateRequest,
    onLoading: (model: string, runId: number) => void,
  ): Promise<RunPlan> {
    const cancel = new AbortController();
    this.planning = { runId, cancel };
    try {
      const { available, onDevices } = this.providers;
      return await this.files.run(
        { kind: 'plan', request, available, onDevices },
        {
          signal: cancel.signal,
          onFound: (model) => {
            onLoading(model, runId);
          },
        },
      );
    } finally {
      this.planning = undefined;
    }
  }

  private blameProvider(run: Run): void {
    const { provider } = run.plan.settings;
    const message = `${providerName(provider)} did not come back from step ${run.trace.steps + 1}`;
    this.providers.reportFailure(provider, message);
    this.abandon(run);
  }

  /** Leaves the thread behind: a thread inside a native call cannot be ended. */
  private abandon(run: Run): void {
    this.worker.drop();
    this.endCancelled(run);
  }

  /** Ends a run as cancelled. If the run had not begun, its request is answered as if it had. */
  private endCancelled(run: Run): void {
    this.take(this.loading, run.runId)?.resolve(undefined);
    this.end(run, 'cancelled');
  }

  private remember(run: Run): void {
    this.runs.set(run.runId, run);
    for (const old of this.runs.keys()) if (this.runs.size > RUNS_KEPT) this.runs.delete(old);
  }

  private load(run: Run, onStarted: (run: Run) => void): Promise<undefined> {
    return new Promise((resolve, reject) => {
      const loaded = (): void => {
        onStarted(run);
        resolve(undefined);
      };
      this.loading.set(run.runId, { resolve: loaded, reject });
      const { folder, execution } = run.plan.job;
      if (run.plan.patch > 0) this.pictures.prepare(folder, execution);
      this.worker.send({ type: 'decode', runId: run.runId, job: run.plan.job });
    });
  }

  private async draw(run: Run, step: number, signal?: AbortSignal): Promise<DrawnPicture> {
    const work = pictureWork(run);
    const tokens = fillUndecided(run.trace.tokensAt(step), run.plan.grid);
    const drawn = await this.pictures.draw({ ...work, tokens }, signal);
    this.costs.record(work, drawn.ms);
    return drawn;
  }

  private onReport(report: EngineReport): void {
    switch (report.type) {
      case 'loaded':
        this.onLoaded(report);
        break;
      case 'packing':
        if (this.active?.run.runId === report.runId)
          this.events.emit('packing', this.active.run, report.fraction);
        break;
      case 'notice':
        this.events.emit('notice', report.text);
        break;
      case 'step':
        this.onStep(report);
        break;
      case 'decoded':
        this.follow(report.runId, this.onDecoded(report.runId, report.state, report.ms));
        break;
      case 'run-failed':
        this.follow(report.runId, this.onFailed(report.runId, report.error));
        break;
    }
  }

  private take<T>(waiting: Map<number, Waiting<T>>, id: number): Waiting<T> | undefined {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  }

  private onLoaded({ runId, ms, notices }: Extract<EngineReport, { type: 'loaded' }>): void {
    const run = this.runs.get(runId);
    if (run) {
      run.timings = { ...run.timings, loadMs: ms };
      // A run that moved to another provider loads its model again, but its watchers have already read these notices.
      if (this.loading.has(runId)) run.notices = [...run.notices, ...notices];
    }
    this.take(this.loading, runId)?.resolve(undefined);
  }

  private onStep({ runId, report }: Extract<EngineReport, { type: 'step' }>): void {
    if (this.active?.run.runId !== runId) return;
    const { run, previews } = this.active;
    (run.replay ?? run.trace).record(report, report.ms);
    if (run.replay && run.replay.steps > run.trace.steps) this.overtake(run, run.replay);
    if (run.replay) return;
    run.timings = { ...run.timings, decodeMs: run.timings.decodeMs + report.ms };
    this.events.emit('step', run);
    if (previews.allows(run.timings.decodeMs)) void this.sendPreview(run, previews); // never rejects
  }

  private overtake(run: Run, replay: Trace): void {
    run.trace = replay;
    run.replay = undefined;
    const decodeMs = replay.stepMs.reduce((sum, ms) => sum + ms, 0) - (replay.stepMs.at(-1) ?? 0);
    run.timings = { ...run.timings, decodeMs };
  }

  private previewBudget(run: Run, everyMs: number): PreviewBudget {
    return new PreviewBudget(everyMs, () => this.costs.expectedMs(pictureWork(run)));
  }

  private async sendPreview(run: Run, previews: PreviewBudget): Promise<void> {
    const step = run.trace.steps;
    const limitMs = PREVIEW_OVERRUN * this.costs.expectedMs(pictureWork(run)) + PREVIEW_START_MS;
    previews.begin(run.timings.decodeMs);
    try {
      const { image, ms } = await this.draw(run, step, AbortSignal.timeout(Math.ceil(limitMs)));
      previews.end(ms);
      this.events.emit('preview', run, step, image);
    } catch {
      // The user did not ask for this preview. An error of the image decoder is reported when the finished picture is drawn.
      previews.end(Infinity);
    }
  }

  private async onDecoded(runId: number, state: 'complete' | 'cancelled', ms: number): Promise<void> {
    const run = this.runs.get(runId);
    if (!run) return;
    if (run.replay && state === 'complete') this.overtake(run, run.replay);
    run.timings = { ...run.timings, decodeMs: ms };
    if (state === 'complete' && run.plan.patch > 0) {
      const signal = this.active?.run === run ? this.active.cancel.signal : undefined;
      try {
        await this.drawLast(run, signal);
      } catch (error) {
        if (signal?.aborted === true) {
          this.end(run, 'cancelled');
          return;
        }
        await this.fail(run, errorReport(error));
        return;
      }
    }
    this.end(run, state);
  }

  private async drawLast(run: Run, signal: AbortSignal | undefined): Promise<void> {
    const { image, ms } = await this.drawAnywhere(run, run.trace.steps, signal);
    run.timings = { ...run.timings, imageMs: ms };
    run.picture = image;
    this.events.emit('preview', run, run.trace.steps, image);
  }

  /**
   * Draws with the run's provider, or with the CPU if that provider fails. Tokens do not depend on the provider that draws
   * them.
   */
  private async drawAnywhere(run: Run, step: number, signal?: AbortSignal): Promise<DrawnPicture> {
    const { provider } = run.plan.settings;
    try {
      return await this.draw(run, step, signal);
    } catch (error) {
      const report = errorReport(error);
      if (this.mayMove(run, report)) this.move(run, report);
      else if (run.plan.settings.provider === provider) throw error;
      return this.draw(run, step, signal);
    }
  }

  private async onFailed(runId: number, error: ProtocolError): Promise<void> {
    const run = this.runs.get(runId);
    if (!run) return;
    if (this.active?.run === run && this.active.cancel.signal.aborted) {
      this.endCancelled(run);
      return;
    }
    if (!this.mayMove(run, error)) {
      await this.fail(run, error);
      return;
    }
    this.move(run, error);
    run.replay = new Trace(run.plan.grid, run.plan.steps.least);
    this.worker.send({ type: 'decode', runId, job: run.plan.job });
  }

  private mayMove({ plan }: Run, { code }: ProtocolError): boolean {
    const isProviders = code === 'provider-failed' || code === 'out-of-memory';
    return isProviders && plan.settings.provider !== 'cpu' && plan.onProviderFailure === 'fallback';
  }

  /**
   * Moves a run to the CPU. After one failure, later requests for this provider also get the CPU, until the provider is tried
   * again.
   */
  private move(run: Run, { message }: ProtocolError): void {
    this.providers.reportFailure(run.plan.settings.provider, message);
    const notice = `${message} The CPU goes on.`;
    run.plan = movedTo(movedToCpu(message, run.plan.execution), run.plan);
    if (this.loading.has(run.runId)) run.notices = [...run.notices, notice];
    else this.events.emit('moved', run, notice);
  }

  private async fail(run: Run, error: ProtocolError): Promise<void> {
    const { provider } = run.plan.settings;
    if (error.code === 'provider-failed') this.providers.reportFailure(provider, error.message);
    const isMemory = error.code === 'out-of-memory';
    const advice = isMemory ? await this.memoryAdvice(run.plan) : '';
    const told = { ...error, message: error.message + advice };
    const waiting = this.take(this.loading, run.runId);
    if (waiting) {
      waiting.reject(EngineError.from(told));
      return;
    }
    run.error = told;
    this.end(run, 'failed');
  }

  /** Advice for an out-of-memory message; empty when the model cannot be read any more, because the run must end all the same. */
  private async memoryAdvice({ job, settings }: RunPlan): Promise<string> {
    try {
      const { precision, guidance } = settings;
      const need = await this.files.run({ kind: 'memory', model: job.folder, precision, guidance });
      return ` ${await memoryAdvice(need, settings.provider, this.providers)}`;
    } catch {
      return '';
    }
  }

  private end(run: Run, state: Exclude<RunState, 'running'>): void {
    if (run.state !== 'running') return;
    run.state = state;
    if (this.active?.run === run) {
      this.active = undefined;
      this.busy = false;
    }
    this.events.emit('ended', run);
  }

  /** Handles the end of the inference thread. The next request starts a fresh thread; decided cells are kept. */
  private onCrash(cause: Error): void {
    const error = this.crashReport(errorReport(cause));
    this.worker.drop();
    this.events.emit('crashed', error);
    if (this.active) this.follow(this.active.run.runId, this.onFailed(this.active.run.runId, error));
  }

  /** Ends the run also when the work that ends a run fails. */
  private follow(runId: number, work: Promise<void>): void {
    work.catch((error: unknown) => {
      const run = this.runs.get(runId);
      if (!run) return;
      run.error = errorReport(error);
      this.take(this.loading, runId)?.reject(EngineError.from(run.error));
      this.end(run, 'failed');
    });
  }

  /** Blames the provider for a crash on a graphics device. */
  private crashReport(error: ProtocolError): ProtocolError {
    const provider = this.active?.run.plan.settings.provider ?? 'cpu';
    if (error.code !== 'engine-failed' || provider === 'cpu') return error;
    return {
      code: 'provider-failed',
      message: `${providerName(provider)} ended the inference thread: ${error.message}`,
    };
  }
}

function pictureWork({ plan }: Run): PictureWork {
  return { folder: plan.job.folder, execution: plan.job.execution, operations: plan.pictureOperations };
}
