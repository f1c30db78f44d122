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
import { PreviewBudget } from './preview-budget';
import { planRun, type RunPlan } from './run-plan';

/** Finished runs whose traces are kept for watchers and export. */
const RUNS_KEPT = 16;

/** A picture in the making, or made. */
export interface Run {
  readonly runId: number;
  readonly plan: RunPlan;
  readonly trace: Trace;
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
  /** The inference thread died. */
  crashed: [error: ProtocolError];
}

/** Where the engine finds its parts. */
export interface EnginePaths {
  /** Script of the inference thread. */
  readonly worker: string;
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
  private active: { run: Run; previews: PreviewBudget } | undefined;
  /** True from the moment a request is taken, before its plan is made, so that two cannot slip in. */
  private busy = false;
  private lastRunId = 0;
  private lastImageId = 0;

  constructor(private readonly paths: EnginePaths) {
    this.library = new ModelLibrary(paths.models);
  }

  listModels(folders: readonly string[]): Promise<{ models: ModelSummary[]; problems: string[] }> {
    return this.library.list(folders);
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
      const plan = await planRun(request, model);
      run = {
        runId: ++this.lastRunId,
        plan,
        trace: new Trace(plan.grid, plan.steps.least),
        state: 'running',
        timings: { loadMs: 0, decodeMs: 0, imageMs: 0 },
        error: undefined,
      };
      this.active = {
        run,
        previews: new PreviewBudget(request.tokensOnly === true ? 0 : (request.previewEveryMs ?? 0)),
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
    if (this.active?.run.runId === runId) this.send({ type: 'cancel', runId });
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
    const { image } = await this.draw(run, step);
    return image;
  }

  /** Ends the inference thread. */
  async close(): Promise<void> {
    await this.worker?.terminate();
    this.worker = undefined;
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
      this.onReport(report);
    });
    worker.on('error', (error) => {
      if (this.worker === worker) this.onCrash(error);
    });
    return worker;
  }

  private onReport(report: EngineReport): void {
    switch (report.type) {
      case 'loaded':
        this.onLoaded(report.runId, report.ms);
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
        this.onFailed(report.runId, report.error);
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

  private onLoaded(runId: number, ms: number): void {
    const run = this.runs.get(runId);
    if (run) run.timings = { ...run.timings, loadMs: ms };
    this.take(this.loading, runId)?.resolve(undefined);
  }

  private onStep({ runId, report }: Extract<EngineReport, { type: 'step' }>): void {
    if (this.active?.run.runId !== runId) return;
    const { run, previews } = this.active;
    run.trace.record(report, report.ms);
    run.timings = { ...run.timings, decodeMs: run.timings.decodeMs + report.ms };
    this.events.emit('step', run);
    if (previews.allows(run.timings.decodeMs)) void this.sendPreview(run, previews);
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
    run.timings = { ...run.timings, decodeMs: ms };
    if (state === 'complete' && run.plan.patch > 0) {
      try {
        const { image, ms: imageMs } = await this.draw(run, run.trace.steps);
        run.timings = { ...run.timings, imageMs };
        this.events.emit('preview', run, run.trace.steps, image);
      } catch (error) {
        this.onFailed(runId, errorReport(error));
        return;
      }
    }
    this.end(run, state);
  }

  private onFailed(runId: number, error: ProtocolError): void {
    const waiting = this.take(this.loading, runId);
    if (waiting) {
      waiting.reject(EngineError.from(error));
      return;
    }
    const run = this.runs.get(runId);
    if (!run) return;
    run.error = error;
    this.end(run, 'failed');
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
  private onCrash(cause: unknown): void {
    const error = errorReport(cause);
    this.worker = undefined;
    for (const waiting of [...this.images.values(), ...this.loading.values()])
      waiting.reject(EngineError.from(error));
    this.images.clear();
    this.loading.clear();
    this.events.emit('crashed', error);
    if (this.active) this.onFailed(this.active.run.runId, error);
  }
}

/** What watchers are told of a run. */
export function describeRun({ runId, plan, state }: Run): RunDescription {
  return {
    runId,
    settings: plan.settings,
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
    probability: trace.probability,
    entropy: trace.entropy,
    stepMs: Float32Array.from(trace.stepMs),
    judgements: trace.judgements,
  };
}
