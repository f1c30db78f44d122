import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { fillUndecided } from '../decoding/fill-undecided';
import { Trace } from '../decoding/trace';
import type { ModelFolder } from '../model/model-folder';
import type {
  GenerateRequest,
  ModelSummary,
  ProtocolError,
  RunDescription,
  RunState,
  RunTimings,
  Snapshot,
} from '../protocol';
import { EngineError, type DecodedImage, type EngineReport, type EngineRequest } from './engine-messages';
import { errorReport } from './error-report';
import { ModelLibrary } from './model-library';
import { movedToCpu } from './execution-choice';
import { memoryNeed } from './memory-need';
import { memoryAdvice } from './out-of-memory';
import { PreviewBudget } from './preview-budget';
import { providerName } from './provider-choice';
import { Providers } from './providers';
import { movedTo, planRun, type RunPlan } from './run-plan';

/** Finished runs whose traces are kept for watchers and export. */
const RUNS_KEPT = 16;

/** How long a graphics device may take to notice that a run was cancelled; a driver that hangs never does. */
const PATIENCE_MS = 15_000;

/** A picture in the making, or made. */
export interface Run {
  readonly runId: number;
  /** As it is carried out: a run may move to another provider. */
  plan: RunPlan;
  trace: Trace;
  /** After such a move: what is decided anew. Takes the place of `trace` as soon as it is further. */
  replay: Trace | undefined;
  /** What the user should know, a sentence each: known when the run has started. */
  notices: readonly string[];
  state: RunState;
  timings: RunTimings;
  error: ProtocolError | undefined;
}

interface EngineEvents {
  /** Before a run can begin, its weights are being packed; `fraction` 0..1 is done. */
  packing: [run: Run, fraction: number];
  /** A sentence for the log. */
  notice: [text: string];
  step: [run: Run];
  /** A picture of what is decided so far. */
  preview: [run: Run, step: number, image: DecodedImage];
  ended: [run: Run];
  /** The provider failed, and the run begins again on another; what it decided so far is kept until it is overtaken. */
  moved: [run: Run, notice: string];
  /** The inference thread died. */
  crashed: [error: ProtocolError];
}

/** Where the engine finds its parts. */
export interface EnginePaths {
  /** Script of the inference thread. */
  readonly worker: string;
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
 * Makes pictures: hands runs to the inference thread one at a time, keeps their traces, and tells whoever listens.
 * Never computes itself, so its thread stays free to serve.
 */
export class Engine {
  readonly events = new EventEmitter<EngineEvents>();
  private readonly library: ModelLibrary;
  private readonly runs = new Map<number, Run>();
  private readonly images = new Map<number, Waiting<{ image: DecodedImage; ms: number }>>();
  private readonly loading = new Map<number, Waiting<undefined>>();
  private worker: Worker | undefined;
  private active: { run: Run; previews: PreviewBudget; isCancelled: boolean } | undefined;
  /** True from the moment a request is taken, before its plan is made, so that two cannot slip in. */
  private busy = false;
  private lastRunId = 0;
  private lastImageId = 0;

  constructor(
    readonly paths: EnginePaths,
    readonly providers = Providers.ofThisMachine(paths.proof),
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.library = new ModelLibrary(paths.models);
  }

  get isBusy(): boolean {
    return this.busy;
  }

  /** @param textEncoder folder that the user names for models that take captions */
  listModels(
    folders: readonly string[],
    textEncoder: string | undefined,
  ): Promise<{ models: ModelSummary[]; problems: string[] }> {
    return this.library.list(folders, textEncoder);
  }

  findModel(name: string | undefined): Promise<ModelFolder> {
    return this.library.find(name);
  }

  /**
   * Begins a picture; resolves when its model is loaded and the first step is on its way.
   * @param onLoading told the model's name as soon as it is known
   * @param onStarted told the run before its first step can be reported
   * @throws EngineError
   */
  async start(
    request: GenerateRequest,
    onLoading: (model: string) => void = () => undefined,
    onStarted: (run: Run) => void = () => undefined,
  ): Promise<Run> {
    if (this.busy)
      throw new EngineError('busy', 'A picture is being made; cancel it or wait until it is done.');
    this.busy = true;
    let run: Run | undefined;
    try {
      const model = await this.library.find(request.model);
      onLoading(model.manifest.name);
      const plan = await planRun(request, model, this.providers);
      run = {
        runId: ++this.lastRunId,
        plan,
        trace: new Trace(plan.grid, plan.steps.least),
        replay: undefined,
        notices: plan.notices,
        state: 'running',
        timings: { loadMs: 0, decodeMs: 0, imageMs: 0 },
        error: undefined,
      };
      this.active = {
        run,
        previews: new PreviewBudget(request.tokensOnly === true ? 0 : (request.previewEveryMs ?? 0)),
        isCancelled: false,
      };
      this.remember(run);
      await this.load(run, onStarted);
      return run;
    } catch (error) {
      if (run) this.runs.delete(run.runId);
      this.active = undefined;
      this.busy = false;
      throw EngineError.from(errorReport(error));
    }
  }

  /** The run of that id, 0 = the newest. */
  run(runId: number): Run | undefined {
    return runId === 0 ? [...this.runs.values()].at(-1) : this.runs.get(runId);
  }

  /** Asks a run to end; it does within one step. A run that has ended is left alone. */
  cancel(runId: number): void {
    if (this.active?.run.runId !== runId) return;
    this.active.isCancelled = true;
    this.send({ type: 'cancel', runId });
    const { run } = this.active;
    // A step on the CPU always ends.
    if (run.plan.settings.provider !== 'cpu')
      setTimeout(() => {
        if (run.state === 'running') this.abandon(run);
      }, this.patienceMs).unref();
  }

  /** What the tokens decided up to `step` look like. @throws EngineError */
  async picture(run: Run, step: number): Promise<DecodedImage> {
    if (run.plan.patch === 0)
      throw new EngineError('bad-request', 'This run was for tokens only; it has no picture.');
    if (step < 1 || step > run.trace.steps) {
      throw new EngineError(
        'bad-request',
        `Step ${step} is outside 1..${run.trace.steps}, the steps done so far.`,
      );
    }
    const { image } = await this.drawAnywhere(run, step);
    return image;
  }

  /** Ends the inference thread. */
  async close(): Promise<void> {
    await this.worker?.terminate();
    this.worker = undefined;
  }

  /** A thread inside a driver that hangs cannot be ended, only left behind. */
  private abandon(run: Run): void {
    const { provider } = run.plan.settings;
    const message = `${providerName(provider)} did not come back from step ${run.trace.steps + 1}`;
    this.providers.reportFailure(provider, message);
    const error = new EngineError('provider-failed', `${message}.`);
    this.loseWorker(error);
    this.take(this.loading, run.runId)?.reject(error);
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
      this.send({ type: 'decode', runId: run.runId, job: run.plan.job });
    });
  }

  private draw(run: Run, step: number): Promise<{ image: DecodedImage; ms: number }> {
    const imageId = ++this.lastImageId;
    const { folder, execution } = run.plan.job;
    return new Promise((resolve, reject) => {
      this.images.set(imageId, { resolve, reject });
      this.send({
        type: 'image',
        imageId,
        folder,
        execution,
        tokens: fillUndecided(run.trace.tokensAt(step), run.plan.grid),
      });
    });
  }

  private send(request: EngineRequest): void {
    this.worker ??= this.startWorker();
    this.worker.postMessage(request);
  }

  private startWorker(): Worker {
    const worker = new Worker(this.paths.worker);
    worker.on('message', (report: EngineReport) => {
      if (this.worker === worker) this.onReport(report);
    });
    worker.on('error', (error) => {
      if (this.worker === worker) void this.onCrash(error);
    });
    return worker;
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
        void this.onDecoded(report.runId, report.state, report.ms);
        break;
      case 'run-failed':
        void this.onFailed(report.runId, report.error);
        break;
      case 'image':
        this.take(this.images, report.imageId)?.resolve(report);
        break;
      case 'image-failed':
        this.take(this.images, report.imageId)?.reject(EngineError.from(report.error));
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
      // A run that moved is loaded anew; its watchers have read them.
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
    if (previews.allows(run.timings.decodeMs)) void this.sendPreview(run, previews);
  }

  private overtake(run: Run, replay: Trace): void {
    run.trace = replay;
    run.replay = undefined;
    const decodeMs = replay.stepMs.reduce((sum, ms) => sum + ms, 0) - (replay.stepMs.at(-1) ?? 0);
    run.timings = { ...run.timings, decodeMs };
  }

  private async sendPreview(run: Run, previews: PreviewBudget): Promise<void> {
    const step = run.trace.steps;
    previews.begin(run.timings.decodeMs);
    try {
      const { image, ms } = await this.draw(run, step);
      previews.end(ms);
      this.events.emit('preview', run, step, image);
    } catch {
      // A preview is a courtesy: what is wrong with the image decoder will be said when the picture itself is drawn.
      previews.end(Infinity);
    }
  }

  private async onDecoded(runId: number, state: 'complete' | 'cancelled', ms: number): Promise<void> {
    const run = this.runs.get(runId);
    if (!run) return;
    if (run.replay && state === 'complete') this.overtake(run, run.replay);
    run.timings = { ...run.timings, decodeMs: ms };
    if (state === 'complete' && run.plan.patch > 0) {
      try {
        await this.drawLast(run);
      } catch (error) {
        await this.fail(run, errorReport(error));
        return;
      }
    }
    this.end(run, state);
  }

  private async drawLast(run: Run): Promise<void> {
    const { image, ms } = await this.drawAnywhere(run, run.trace.steps);
    run.timings = { ...run.timings, imageMs: ms };
    this.events.emit('preview', run, run.trace.steps, image);
  }

  /** Tokens are tokens: where the provider that decided them cannot draw them, the CPU may. */
  private async drawAnywhere(run: Run, step: number): Promise<{ image: DecodedImage; ms: number }> {
    const { provider } = run.plan.settings;
    try {
      return await this.draw(run, step);
    } catch (error) {
      const report = errorReport(error);
      if (this.mayMove(run, report)) this.move(run, report);
      else if (run.plan.settings.provider === provider) throw error;
      return this.draw(run, step);
    }
  }

  private async onFailed(runId: number, error: ProtocolError): Promise<void> {
    const run = this.runs.get(runId);
    if (!run) return;
    if (this.active?.run === run && this.active.isCancelled && !this.loading.has(runId)) {
      this.end(run, 'cancelled');
      return;
    }
    if (!this.mayMove(run, error)) {
      await this.fail(run, error);
      return;
    }
    this.move(run, error);
    run.replay = new Trace(run.plan.grid, run.plan.steps.least);
    this.send({ type: 'decode', runId, job: run.plan.job });
  }

  private mayMove({ plan }: Run, { code }: ProtocolError): boolean {
    const isProviders = code === 'provider-failed' || code === 'out-of-memory';
    return isProviders && plan.settings.provider !== 'cpu' && plan.onProviderFailure === 'fallback';
  }

  /** To the CPU. Whoever asked for a provider that fails once gets the CPU from then on, until it is tried anew. */
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

  /** Empty when the model cannot be looked at any more: the run has to end all the same. */
  private async memoryAdvice({ job, settings }: RunPlan): Promise<string> {
    try {
      const model = await this.library.find(job.folder);
      const need = await memoryNeed(model, settings.precision, settings.guidance);
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

  /** The next request starts a fresh thread; what was decided so far is kept. */
  private async onCrash(cause: unknown): Promise<void> {
    const error = this.crashReport(errorReport(cause));
    this.loseWorker(EngineError.from(error));
    this.events.emit('crashed', error);
    if (this.active) await this.onFailed(this.active.run.runId, error);
  }

  /** On a graphics device a crash is the provider's. */
  private crashReport(error: ProtocolError): ProtocolError {
    const provider = this.active?.run.plan.settings.provider ?? 'cpu';
    if (error.code !== 'engine-failed' || provider === 'cpu') return error;
    return {
      code: 'provider-failed',
      message: `${providerName(provider)} ended the inference thread: ${error.message}`,
    };
  }

  /** Nothing comes from it any more, and it ends as soon as it can. */
  private loseWorker(error: EngineError): void {
    const { worker } = this;
    this.worker = undefined;
    void worker?.terminate();
    for (const waiting of this.images.values()) waiting.reject(error);
    this.images.clear();
  }
}

/** What watchers are told of a run. */
export function describeRun({ runId, plan, state }: Run): RunDescription {
  return {
    runId,
    settings: plan.settings,
    execution: plan.execution.described,
    decoder: plan.decoder,
    grid: [plan.grid.height, plan.grid.width],
    leastSteps: plan.steps.least,
    mostSteps: plan.steps.most,
    rasterSteps: plan.rasterSteps,
    patch: plan.patch,
    state,
  };
}

/** The trace so far, as it goes over the wire. */
export function snapshotOf({ runId, trace }: Run): Snapshot {
  return {
    runId,
    step: trace.steps,
    leastSteps: trace.leastSteps,
    height: trace.grid.height,
    width: trace.grid.width,
    decided: Uint32Array.from(trace.newest),
    tokens: trace.tokens,
    stepOf: trace.stepOf,
    stepMs: Float32Array.from(trace.stepMs),
    tracks: trace.tracks,
    events: trace.events,
  };
}
