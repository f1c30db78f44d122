import { commands, l10n, Uri } from 'vscode';
import { LONG_RUN_MS, type Condition, type GenerateRequest } from '../sidecar/protocol';
import { durationText } from './duration-text';
import type { FinishedRun, Generation } from './generation';
import type { Log } from './log';
import { reportError } from './report-error';
import type { KeptRun, RunKeeper } from './run-keeper';
import type { RunQueue } from './run-queue';
import type { RunStore } from './run-store';
import type { RepeatableRun, RunUnderWay } from './run-under-way';
import type { StepThroughPanel } from './step-through-panel';
import { showInformation, showWarning } from './window/notifications';

/** The result of the command `ziparStudio.generate`, for its caller. */
export interface GenerateResult {
  readonly runId: number;
  readonly state: FinishedRun['ended']['state'];
  readonly seed: number;
  readonly steps: number;
  /** URI of the exported picture, if it was exported. */
  readonly image?: string;
  /** URI of the file that keeps the run, if it could be kept. */
  readonly file?: string;
}

/** The parts of the window that make an image. */
interface MakingParts {
  readonly log: Log;
  readonly panel: StepThroughPanel;
  readonly generation: Generation;
  readonly keeper: RunKeeper;
  readonly queue: RunQueue;
  readonly store: RunStore;
  readonly runUnderWay: RunUnderWay;
}

/** Makes images one after another, shows each run while it goes on, and keeps the result. */
export class ImageMaker {
  /** Paused runs that end because another run waits. */
  private readonly setAside = new Set<RepeatableRun>();

  /** @param onStarted called when a run begins */
  constructor(
    private readonly studio: MakingParts,
    private readonly onStarted: (condition: Condition) => void,
  ) {
    studio.generation.onDidChange(() => {
      this.makeRoom();
    });
  }

  /** Makes an image when its turn comes, and keeps it. */
  async enqueue(run: RepeatableRun): Promise<GenerateResult | undefined> {
    const made = this.studio.queue.add(run, () => this.make(run));
    this.makeRoom();
    return made;
  }

  /** Makes an image when its turn comes. The caller keeps it. */
  async enqueueUnkept(run: RepeatableRun): Promise<FinishedRun | undefined> {
    const made = this.studio.queue.add(run, () =>
      this.studio.runUnderWay.during(run, () => this.generate(run)),
    );
    this.makeRoom();
    return made;
  }

  /** Ends a paused run if another one waits. It is kept, and goes on when the user asks for that. */
  private makeRoom(): void {
    const { generation, queue } = this.studio;
    const { current, waiting } = queue;
    if (!current || waiting.length === 0) return;
    if (generation.progress?.isPaused !== true || generation.progress.cancelling) return;
    this.setAside.add(current.run);
    generation.cancel();
  }

  /** Cancels a run that waits in line, or that is being made. */
  cancel(run: RepeatableRun): void {
    const { queue, generation } = this.studio;
    const waiting = queue.waiting.find((queued) => queued.run === run);
    if (waiting) queue.remove(waiting.id);
    else if (queue.current?.run === run) generation.cancel();
  }

  private async make(run: RepeatableRun): Promise<GenerateResult | undefined> {
    return this.studio.runUnderWay.during(run, async () => {
      const began = performance.now();
      const finished = await this.generate(run);
      const result = finished && (await this.result(finished, run.request));
      if (this.setAside.delete(run) && result?.file !== undefined) tellSetAside(run.title, result.file);
      if (finished?.ended.state === 'complete' && !this.studio.panel.isSeen)
        tellDone(run.title, performance.now() - began);
      return result;
    });
  }

  private async result(finished: FinishedRun, request: GenerateRequest): Promise<GenerateResult> {
    const { run, ended } = finished;
    const kept = await this.tryKeep(finished, request);
    if (kept && request.resume !== undefined) await this.studio.store.forget(request.resume);
    return {
      runId: run.runId,
      state: ended.state,
      seed: run.settings.seed,
      steps: ended.steps,
      ...(kept?.isExported === true && { image: kept.file.toString() }),
      ...(kept && { file: kept.file.toString() }),
    };
  }

  private async generate({ request, title }: RepeatableRun): Promise<FinishedRun | undefined> {
    const { generation, panel } = this.studio;
    panel.open(true);
    return generation.run(request, title, (run, notices) => {
      panel.showRun(run.runId);
      if (notices.length > 0) void showWarning(notices.join(' '));
      this.onStarted(request.condition);
    });
  }

  /** Keeps a run that is already made and on screen. A failure is reported and changes nothing else. */
  private async tryKeep(finished: FinishedRun, request: GenerateRequest): Promise<KeptRun | undefined> {
    try {
      const kept = await this.studio.keeper.keep(finished, request);
      if (kept) this.studio.panel.runKept(finished.run.runId, kept.file, kept.notice);
      return kept;
    } catch (error) {
      reportError(error, this.studio.log);
      return undefined;
    }
  }
}

/** Says that a run of minutes is done, to a user who does something else by then. */
function tellDone(title: string, ms: number): void {
  if (ms < LONG_RUN_MS) return;
  const open = l10n.t('Open Step-Through');
  const message = l10n.t('{0}: the image is done after {1}.', title, durationText(ms));
  void showInformation(message, open).then((answer) => {
    if (answer === open) void commands.executeCommand('ziparStudio.openStepThrough');
  });
}

/** Says that a paused run made room for another one. */
function tellSetAside(title: string, file: string): void {
  const goOn = l10n.t('Continue');
  const message = l10n.t('“{0}” was paused, so it is set aside. It is kept, and can go on later.', title);
  void showInformation(message, goOn).then((answer) => {
    if (answer === goOn) void commands.executeCommand('ziparStudio.continueRun', Uri.parse(file));
  });
}
