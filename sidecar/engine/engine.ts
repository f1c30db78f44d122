import { EventEmitter } from 'node:events';
import { fillUndecided } from '../decoding/fill-undecided';
import { describeDecoders } from '../decoding/decoder-table';
import {
  UNDECIDED,
  type CellAlternatives,
  type DrawTokensRequest,
  type GenerateRequest,
  type Likelihoods,
  type ModelSummary,
  type PromptReading,
  type ProtocolError,
  type RunStop,
} from '../protocol';
import { cellSight } from '../trace-file/cell-sight';
import { decidedPrefix } from '../trace-file/decided-prefix';
import type { RunRecord } from '../trace-file/run-record';
import { requestOf, summaryOf } from '../trace-file/run-summary';
import { decodeTrace } from '../trace-file/trace-file';
import type { EngineEvents } from './engine-events';
import { EngineError, type DecodedImage, type DecodeJob } from './engine-messages';
import { threadsAndProcesses, type EngineParts, type EnginePaths } from './engine-parts';
import { errorReport } from './error-report';
import { movedToCpu } from './execution-choice';
import { afterFailure } from './failover';
import { InferenceClient } from './inference-client';
import { KeptRuns } from './kept-runs';
import { memoryAdvice } from './out-of-memory';
import { Providers } from './providers';
import { recordOf, savedRecordOf } from './recorded-run';
import { Run } from './run';
import { keepStepCosts } from './run-costs';
import { RunInProgress, type RunMachinery } from './run-in-progress';
import { RunPictures } from './run-pictures';
import { movedTo, type RunPlan } from './run-plan';
import { RunSaver } from './run-saver';
import { withStartTokens } from './start-tokens';
import { sentence, type Said } from '../protocol/sentence';

/** The longest time, in ms, that a graphics device may take to end its step after a cancel. */
const PATIENCE_MS = 15_000;

/** The current work of the engine. */
type Work =
  /** The file thread looks for the model of a request, and makes the plan. */
  | { readonly kind: 'planning'; readonly runId: number; readonly cancel: AbortController }
  /** The run is carried out. */
  | { readonly kind: 'running'; readonly runId: number; readonly progress: RunInProgress };

/**
 * Makes pictures. The inference thread gets one run at a time. The engine keeps the traces of the newest runs, and reports
 * their progress as events. It does not compute anything itself, so its thread stays free to answer clients.
 */
export class Engine {
  readonly events: EngineEvents = new EventEmitter();
  private readonly parts: EngineParts;
  private readonly runs = new KeptRuns();
  private readonly pictures: RunPictures;
  private readonly machinery: RunMachinery;
  private readonly saver: RunSaver | undefined;
  /** Work of ended runs that has not ended itself. */
  private readonly pending = new Set<Promise<void>>();
  /** Undefined while the engine is free. It is set as soon as a request is accepted, so that a second one is refused. */
  private work: Work | undefined;

  constructor(
    readonly paths: EnginePaths,
    readonly providers = Providers.ofThisMachine(paths.proof),
    patienceMs = PATIENCE_MS,
    parts = threadsAndProcesses(paths, providers),
  ) {
    this.parts = parts;
    this.pictures = new RunPictures(parts.pictures, (run, failure) => this.moveAfterDrawing(run, failure));
    this.machinery = {
      inference: new InferenceClient(parts.inference, {
        onNotice: (text) => this.events.emit('notice', text),
        onLost: (error) => this.events.emit('crashed', errorReport(error)),
      }),
      pictures: this.pictures,
      providers,
      events: this.events,
      save: async (run) => this.saver?.onPaused(run),
      memoryAdvice: (plan) => this.memoryAdvice(plan),
      move: (run, failure, notice) => {
        this.move(run, failure, notice);
      },
      patienceMs,
    };
    this.saver =
      paths.saves &&
      new RunSaver(
        paths.saves,
        (run) => parts.files.run({ kind: 'trace', record: savedRecordOf(run) }),
        this.events,
      );
    this.events.on('step', (run) => this.saver?.onStep(run));
  }

  get isBusy(): boolean {
    return this.work !== undefined;
  }

  /**
   * Lists the models that ship and the models of some folders.
   * @param textEncoder the folder that the user names for models that take captions
   */
  listModels(
    folders: readonly string[],
    textEncoder: string | undefined,
  ): Promise<{ models: ModelSummary[]; problems: string[] }> {
    return this.parts.files.run({ kind: 'list', folders, textEncoder });
  }

  /** Reads a prompt with the words that a model knows. Nothing is drawn. @throws EngineError */
  readPrompt(model: string, prompt: string): Promise<PromptReading> {
    return this.parts.files.run({ kind: 'prompt', model, prompt });
  }

  /**
   * Begins a run. Resolves when its model is open and the first step begins.
   * @param onLoading receives the model's name as soon as it is known, and the id that the run will have
   * @param onStarted receives the run before any of its steps is reported
   * @throws EngineError when the engine is busy, the request is wrong, or the run fails before its first step
   */
  async start(
    request: GenerateRequest,
    onLoading: (model: string, runId: number) => void = () => undefined,
    onStarted: (run: Run) => void = () => undefined,
  ): Promise<Run> {
    if (this.work)
      throw new EngineError('busy', sentence`A picture is being made; cancel it or wait until it is done.`);
    const runId = this.runs.nextId();
    const cancel = new AbortController();
    this.work = { kind: 'planning', runId, cancel };
    try {
      const plan = await this.plan(runId, request, cancel.signal, onLoading);
      const run = new Run(runId, plan);
      const previewEveryMs = request.tokensOnly === true ? 0 : (request.previewEveryMs ?? 0);
      const progress = new RunInProgress(run, previewEveryMs, this.machinery, () => {
        this.leave(runId);
        this.finish(run);
      });
      this.work = { kind: 'running', runId, progress };
      this.runs.keep(run);
      await progress.begin(onStarted);
      return run;
    } catch (error) {
      this.runs.forget(runId);
      this.leave(runId);
      throw EngineError.from(errorReport(error));
    }
  }

  /** The run with this id; 0 = the newest. */
  run(runId: number): Run | undefined {
    return this.runs.get(runId);
  }

  /**
   * Cancels a run. While it decodes, it ends after the current step. While its picture is drawn, it ends at once. While its
   * model is opened, it ends within two seconds. A run that has already ended does not change.
   * @param runId the id of the run; 0 = the newest
   * @returns false when the engine does not know the run
   */
  cancel(runId: number): boolean {
    const { work } = this;
    if (work?.kind === 'planning' && (runId === 0 || runId === work.runId)) {
      work.cancel.abort();
      return true;
    }
    const run = this.run(runId);
    if (work?.kind === 'running' && work.progress.run === run) work.progress.cancel();
    return run !== undefined;
  }

  /**
   * Lets a run wait between two steps, with its model in memory. A run whose tokens are all decided does not wait.
   * @param runId the id of the run; 0 = the newest
   * @throws EngineError when the run is not being made, or its model is not found yet
   */
  pause(runId: number): void {
    this.requireRunning(runId).pause();
  }

  /**
   * Lets a run go on.
   * @param until where it waits again; undefined: nowhere
   * @throws EngineError when the run is not being made, or never gets there
   */
  goOn(runId: number, until: RunStop | undefined): void {
    const progress = this.requireRunning(runId);
    if (until) requireAhead(progress.run, until);
    progress.goOn(until);
  }

  private requireRunning(runId: number): RunInProgress {
    const { work } = this;
    if (work?.kind === 'running' && (runId === 0 || work.runId === runId)) return work.progress;
    throw new EngineError(
      'bad-request',
      sentence`No such run is being made, so it can neither wait nor go on.`,
    );
  }

  /** The picture of a run after a step. @throws EngineError */
  async picture(run: Run, step: number): Promise<DecodedImage> {
    if (run.plan.patch === 0)
      throw new EngineError('bad-request', sentence`This run was for tokens only; it has no picture.`);
    if (step < 1 || step > run.trace.steps) {
      throw new EngineError(
        'bad-request',
        sentence`Step ${step} is outside 1..${run.trace.steps}, the steps done so far.`,
      );
    }
    if (run.stage.kind === 'complete' && run.stage.picture && step === run.trace.steps)
      return run.stage.picture;
    const { image } = await this.pictures.draw(run, step);
    return image;
  }

  /** The finished picture as a PNG file, with its metadata and its record. @throws EngineError when the run is not complete */
  async png(run: Run): Promise<Uint8Array> {
    if (run.state !== 'complete')
      throw new EngineError(
        'bad-request',
        sentence`Only a finished picture can be exported; wait until it is done.`,
      );
    const image = await this.picture(run, run.trace.steps);
    return this.parts.files.run({ kind: 'png', image, record: recordOf(run) });
  }

  /** The run so far as a `.zipar` file: its record without a picture. @throws EngineError */
  async traceFile(run: Run): Promise<Uint8Array> {
    return this.parts.files.run({ kind: 'trace', record: recordOf(run) });
  }

  /** Deletes what an ended run saved of itself, because its owner has kept the run. */
  async forgetSaved(run: Run): Promise<void> {
    if (run.state !== 'running') await this.saver?.forget(run);
  }

  /** Draws the tokens of a run that was read from a file. @throws EngineError */
  async drawTokens(request: DrawTokensRequest): Promise<DecodedImage> {
    const work = await this.parts.files.run({ kind: 'drawing', request });
    const [height, width] = request.grid;
    const tokens = fillUndecided(Int32Array.from(request.tokens), { height, width });
    return (await this.parts.pictures.draw({ ...work, tokens })).image;
  }

  /**
   * Computes a cell's draw again: the likeliest tokens, with guidance and without.
   * @throws EngineError `busy` while a picture is made; `bad-request` for a cell that is not decided
   */
  async inspect(run: Run, position: number): Promise<CellAlternatives> {
    return this.inspectIn(recordOf(run), run.plan.job, position);
  }

  /**
   * The same for a run that only a file knows.
   * @param model path of the model's folder
   * @param trace as a PNG's chunk holds it
   * @throws EngineError also when the model has other weights
   */
  async inspectRecorded(model: string, trace: Uint8Array, position: number): Promise<CellAlternatives> {
    const { record, job } = await this.planRecorded(model, trace);
    return this.inspectIn(record, job, position);
  }

  /**
   * Computes how likely a recorded run is in raster order, with its guidance, cell by cell up to its first undecided cell.
   * @param model path of the model's folder
   * @param trace as a PNG's chunk holds it
   * @throws EngineError `busy` while a picture is made; `bad-request` when the model has other weights, or no cell is decided
   */
  async scoreRecorded(model: string, trace: Uint8Array): Promise<Likelihoods> {
    const { record, job } = await this.planRecorded(model, trace);
    const tokens = decidedPrefix(record.snapshot);
    if (tokens.length === 0)
      throw new EngineError(
        'bad-request',
        sentence`The first cell of the run is not decided, so raster order could draw none; choose a run with more steps.`,
      );
    this.requireFreeModel(job);
    const { folder, wishes, execution, prompt, guidance } = job;
    return this.machinery.inference.score({ folder, wishes, execution, prompt, guidance, tokens });
  }

  /** Plans to compute a recorded run again, with its own model. @throws EngineError */
  private async planRecorded(
    model: string,
    trace: Uint8Array,
  ): Promise<{ readonly record: RunRecord; readonly job: DecodeJob }> {
    const record = await decodeTrace(trace).catch((error: unknown) => {
      throw new EngineError('bad-request', error instanceof Error ? error.message : String(error));
    });
    const request = { ...requestOf(summaryOf(record), describeDecoders()), model, tokensOnly: true };
    const { available, onDevices } = this.providers;
    const { job, settings, weights } = await this.parts.files.run({
      kind: 'plan',
      ...{ request, available, onDevices },
    });
    if (record.origin.weights !== null && weights !== record.origin.weights)
      throw new EngineError(
        'bad-request',
        sentence`${settings.model} has other weights than those that made the run; it cannot compute its cells again.`,
      );
    return { record, job };
  }

  private inspectIn(record: RunRecord, job: DecodeJob, position: number): Promise<CellAlternatives> {
    this.requireFreeModel(job);
    const sight = cellSight(record, position);
    if (!sight)
      throw new EngineError(
        'bad-request',
        sentence`What cell ${position} saw is not known; choose a decided cell of a run with a whole trace.`,
      );
    const { folder, wishes, execution, prompt, guidance, sampling } = job;
    const drawn = record.snapshot.tokens[position] ?? UNDECIDED;
    return this.machinery.inference.inspect({
      ...{ folder, wishes, execution, prompt, guidance, sampling },
      ...{ position, drawn, inputs: sight.inputs },
    });
  }

  /** @throws EngineError while a picture is made, unless it waits between two steps and has the same model open */
  private requireFreeModel({ folder, wishes, execution }: DecodeJob): void {
    const { work } = this;
    const waiting = work?.kind === 'running' && work.progress.run.isPaused ? work.progress.run : undefined;
    const open = waiting?.plan.job;
    const isOpen =
      open !== undefined &&
      JSON.stringify([open.folder, open.wishes, open.execution]) ===
        JSON.stringify([folder, wishes, execution]);
    if (work && !isOpen)
      throw new EngineError(
        'busy',
        sentence`A picture is being made; cells can be computed again when it is done.`,
      );
  }

  /** Resolves when all that follows the end of runs is done: what they save is written. */
  async settled(): Promise<void> {
    await Promise.all(this.pending);
  }

  /** Ends threads and processes, and saves a run of minutes that they make. Resolves when their native calls have returned. */
  async close(): Promise<void> {
    if (this.work?.kind === 'running') await this.saver?.onEnded(this.work.progress.run);
    await this.settled();
    this.pictures.close();
    await Promise.all([this.machinery.inference.close(), this.parts.files.close()]);
  }

  private async plan(
    runId: number,
    request: GenerateRequest,
    signal: AbortSignal,
    onLoading: (model: string, runId: number) => void,
  ): Promise<RunPlan> {
    const { available, onDevices } = this.providers;
    const onFound = (model: string): void => {
      onLoading(model, runId);
    };
    const plan = await this.parts.files.run(
      { kind: 'plan', request, available, onDevices },
      { signal, onFound },
    );
    if (!plan.startPicture) return plan;
    const { planes, threads } = plan.startPicture;
    const { folder, wishes } = plan.job;
    const work = { folder, wishes, execution: { provider: 'cpu', threads } };
    return withStartTokens(plan, await this.parts.pictures.encode(work, planes, signal));
  }

  /** Keeps of a run what is of use after it. */
  private finish(run: Run): void {
    const work = Promise.all([this.saver?.onEnded(run), keepStepCosts(run)]).then(() => {
      this.pending.delete(work);
    });
    this.pending.add(work);
  }

  /** Makes the engine free for the next request. It does nothing if another run has already begun. */
  private leave(runId: number): void {
    if (this.work?.runId === runId) this.work = undefined;
  }

  /** Moves a run to the CPU after a failed drawing, if the failure allows this. @returns whether the run was moved */
  private moveAfterDrawing(run: Run, failure: ProtocolError): boolean {
    const { settings, onProviderFailure } = run.plan;
    const next = afterFailure(failure, {
      provider: settings.provider,
      policy: onProviderFailure,
      isCancelled: false,
    });
    if (next.kind === 'move') this.move(run, failure, next.notice);
    return next.kind === 'move';
  }

  /**
   * Moves a run to the CPU, and records that its provider failed. Later requests for this provider also get the CPU, until the
   * provider is checked again.
   */
  private move(run: Run, { message }: ProtocolError, notice: Said): void {
    this.providers.reportFailure(run.plan.settings.provider, message);
    run.plan = movedTo(movedToCpu(message, run.plan.execution), run.plan);
    if (run.stage.kind === 'loading') run.notices = [...run.notices, notice];
    else this.events.emit('moved', run, notice);
  }

  /** The advice for an out-of-memory message. If the model can no longer be read, there is none, so that the run can end. */
  private async memoryAdvice({ job, settings }: RunPlan): Promise<Said | undefined> {
    try {
      const { precision, guidance } = settings;
      const need = await this.parts.files.run({
        kind: 'memory',
        model: job.folder,
        wishes: job.wishes,
        precision,
        guidance,
      });
      return await memoryAdvice(need, settings.provider, this.providers);
    } catch {
      return undefined;
    }
  }
}

/** @throws EngineError when a run has passed the place, or its grid has no such cell */
function requireAhead({ trace }: Run, until: RunStop): void {
  if (until.kind === 'step') {
    if (until.step > trace.steps) return;
    throw new EngineError(
      'bad-request',
      sentence`Step ${until.step} is done already; name a step after ${trace.steps}.`,
    );
  }
  const { height, width } = trace.grid;
  if (until.position >= height * width)
    throw new EngineError(
      'bad-request',
      sentence`Cell ${until.position} is outside the grid of ${height}x${width} tokens; name one of 0 to ${height * width - 1}.`,
    );
  const row = Math.floor(until.position / width) + 1;
  if (trace.tokens[until.position] !== UNDECIDED)
    throw new EngineError(
      'bad-request',
      sentence`Row ${row}, column ${(until.position % width) + 1} is decided already; name a cell that is not.`,
    );
}
