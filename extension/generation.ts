import { EventEmitter, l10n, type Disposable } from 'vscode';
import {
  LEAST_LEFT_MS,
  LONG_RUN_MS,
  timeLeftMs,
  type GenerateRequest,
  type RunDescription,
  type RunStop,
  type SidecarMessage,
  type Snapshot,
} from '../sidecar/protocol';
import { setContextKey } from './context-keys';
import { durationText } from './duration-text';
import type { Log } from './log';
import { packingText } from './packing-text';
import { inUsersLanguage } from './in-users-language';
import { UserError } from './report-error';
import { RequestRefusedError } from './request-refused-error';
import { RunFollower, type RunEnded } from './run-follower';
import type { SidecarClient } from './sidecar-client';
import type { SidecarConnection } from './sidecar-connection';
import type { StepThroughPanel } from './step-through-panel';
import { showInformation, showWarning } from './window/notifications';

/** Shortest time between two reports. Each report redraws the status bar, and a fast model makes hundreds of steps a second. */
const LEAST_MS_BETWEEN_REPORTS = 100;
/** Time limit for the start: opening a large model may read tens of gigabytes. */
const START_TIMEOUT_MS = 30 * 60_000;
/** Time limit for the page. A webview usually fills in less than a second; if VS Code delays it, the picture must not wait. */
const PAGE_LIMIT_MS = 5000;

/** The progress of the picture being made. The step-through shows it, or else the status bar. */
export interface GenerationProgress {
  /** What is drawn. */
  readonly title: string;
  /** What is being done, such as "loading the model…" or "step 3 of 76". */
  readonly text: string;
  readonly step: number;
  /** Least number of steps that the whole run takes; 0 until the model is loaded. */
  readonly leastSteps: number;
  /** Whether the run takes exactly `leastSteps` steps. */
  readonly isExact: boolean;
  /** Time that the remaining steps take, ms; undefined while no estimate exists. */
  readonly leftMs: number | undefined;
  readonly cancelling: boolean;
  /** Whether the run waits between two steps. */
  readonly isPaused: boolean;
}

export interface FinishedRun {
  readonly run: RunDescription;
  readonly ended: RunEnded;
}

interface Current {
  readonly title: string;
  text: string;
  cancelling: boolean;
  connection?: SidecarConnection;
  run?: RunDescription;
  /** Undefined until the sidecar names the run, in its first message about packing or when the run begins. */
  runId?: number;
  step: number;
  /** Least number of steps that the whole run takes. Rows that wait raise it. */
  leastSteps: number;
  leftMs: number | undefined;
  isPaused: boolean;
  /** Whether the user knows how long the run takes. */
  isTold: boolean;
  /** Time at which the step was last reported to VS Code, on the clock of `performance.now()`. */
  reportedAt: number;
}

/**
 * Makes one picture at a time. Until a run begins, the step-through shows what is being done. Then it shows the run itself. The
 * user can cancel at any moment.
 */
export class Generation implements Disposable {
  private readonly changed = new EventEmitter<GenerationProgress | undefined>();
  readonly onDidChange = this.changed.event;
  private current: Current | undefined;

  constructor(
    private readonly client: SidecarClient,
    private readonly panel: StepThroughPanel,
    private readonly log: Log,
  ) {}

  get progress(): GenerationProgress | undefined {
    const current = this.current;
    if (!current) return undefined;
    return {
      title: current.title,
      text: current.text,
      step: current.step,
      leastSteps: current.leastSteps,
      isExact: current.leastSteps === current.run?.mostSteps,
      leftMs: current.leftMs,
      cancelling: current.cancelling,
      isPaused: current.isPaused,
    };
  }

  /**
   * Makes a run. Resolves when the run is complete or cancelled. The result is undefined if it was cancelled before it began.
   * @throws RequestRefusedError, or one of the sidecar's errors
   */
  async run(
    request: GenerateRequest,
    title: string,
    onStarted: (run: RunDescription, notices: readonly string[]) => void,
  ): Promise<FinishedRun | undefined> {
    const current: Current = {
      title,
      text: l10n.t('loading the model…'),
      cancelling: false,
      step: 0,
      leastSteps: 0,
      leftMs: undefined,
      isPaused: false,
      isTold: false,
      reportedAt: -Infinity,
    };
    this.current = current;
    setContextKey('generating', true);
    this.publish();
    try {
      return await this.follow(current, request, onStarted);
    } catch (error) {
      throw await this.client.explain(error);
    } finally {
      this.current = undefined;
      setContextKey('generating', false);
      setContextKey('paused', false);
      this.publish();
    }
  }

  /** Cancels the run. False when nothing is running. */
  cancel(): boolean {
    if (!this.current) return false;
    if (this.current.cancelling) return true;
    this.current.cancelling = true;
    this.publish();
    this.sendCancel(this.current);
    return true;
  }

  /** Lets the run wait after its next step. @throws UserError when no run has begun */
  async pause(): Promise<void> {
    const { connection, runId } = this.requireBegun();
    await connection.request({ type: 'pause', runId });
  }

  /**
   * Lets the run go on.
   * @param until where it waits again; undefined: nowhere
   * @throws UserError when no run has begun; RequestRefusedError when the run has passed that place
   */
  async goOn(until: RunStop | undefined): Promise<void> {
    const { connection, runId } = this.requireBegun();
    await connection.request({ type: 'go-on', runId, ...(until && { until }) });
  }

  /** Lets the run take one step, and wait after it. @throws UserError when no run has begun */
  async step(): Promise<void> {
    const { isPaused, step } = this.requireBegun();
    await (isPaused ? this.goOn({ kind: 'step', step: step + 1 }) : this.pause());
  }

  private requireBegun(): Pick<Current, 'isPaused' | 'step'> & {
    readonly connection: SidecarConnection;
    readonly runId: number;
  } {
    const { connection, run, isPaused, step } = this.current ?? {};
    if (connection && run && isPaused !== undefined && step !== undefined)
      return { connection, runId: run.runId, isPaused, step };
    throw new UserError(l10n.t('No image is being generated, so there is nothing to pause or to step.'));
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async follow(
    current: Current,
    request: GenerateRequest,
    onStarted: (run: RunDescription, notices: readonly string[]) => void,
  ): Promise<FinishedRun | undefined> {
    const connection = await this.client.connection();
    await this.panel.listening(PAGE_LIMIT_MS);
    if (isCancelling(current)) return undefined;
    current.connection = connection;
    const follower = new RunFollower(
      this.client,
      (snapshot) => {
        this.advance(current, snapshot);
        if (current.leftMs !== undefined) this.tellDuration(current, current.leftMs);
      },
      (notice) => {
        this.publish();
        void showWarning(notice);
      },
    );
    const packing = this.client.onDidReceiveMessage((message) => {
      if (message.type === 'packing') this.showPacking(current, message);
      if (message.type === 'run-paused' && message.runId === current.runId)
        this.setPaused(current, message.step);
      if (message.type === 'run-goes-on' && message.runId === current.runId)
        this.setPaused(current, undefined);
    });
    try {
      const { run, notices } = await connection.request({ type: 'generate', request }, START_TIMEOUT_MS);
      current.run = run;
      current.runId = run.runId;
      current.leastSteps = run.leastSteps;
      follower.follow(run);
      current.leftMs = run.expectedMs;
      current.text = stepText(0, run.leastSteps, run.mostSteps, run.expectedMs);
      if (run.expectedMs !== undefined) this.tellDuration(current, run.expectedMs);
      this.publish();
      onStarted(run, notices.map(inUsersLanguage));
      // The sidecar may have begun the run nevertheless.
      if (isCancelling(current)) this.sendCancel(current);
      const ended = await follower.ended;
      if (ended.error) throw new RequestRefusedError(ended.error);
      return { run: { ...run, state: ended.state }, ended };
    } catch (error) {
      const hasNoRun = error instanceof RequestRefusedError && error.code === 'cancelled';
      if (hasNoRun && isCancelling(current)) return undefined;
      throw error;
    } finally {
      packing.dispose();
      follower.dispose();
    }
  }

  /** @param at the step after which the run waits; undefined: it goes on */
  private setPaused(current: Current, at: number | undefined): void {
    const { run, leastSteps, leftMs } = current;
    if (!run) return;
    current.isPaused = at !== undefined;
    current.step = at ?? current.step;
    current.text =
      at === undefined
        ? stepText(current.step, leastSteps, run.mostSteps, leftMs)
        : l10n.t('paused after step {0}', at);
    setContextKey('paused', current.isPaused);
    this.publish();
  }

  private showPacking(
    current: Current,
    { runId, precision, fraction }: Extract<SidecarMessage, { type: 'packing' }>,
  ): void {
    const isNew = current.runId === undefined;
    current.runId = runId;
    if (isNew && current.cancelling) this.sendCancel(current);
    const now = performance.now();
    if (now - current.reportedAt < LEAST_MS_BETWEEN_REPORTS) return;
    current.reportedAt = now;
    current.text = packingText(precision, fraction);
    this.publish();
  }

  /** Says once, before a long run or in its first steps, how long it takes. If the step-through is on screen, it says so itself. */
  private tellDuration(current: Current, ms: number): void {
    if (current.isTold) return;
    current.isTold = true;
    if (ms < LONG_RUN_MS || this.panel.isVisible) return;
    const stop = l10n.t('Stop');
    const message = l10n.t(
      '{0}: this takes about {1} on this machine. You can stop at any time, and what is there is kept.',
      current.title,
      durationText(ms),
    );
    void showInformation(message, stop).then((answer) => {
      if (answer === stop && this.current === current) this.cancel();
    });
  }

  private advance(
    current: Current,
    { step, leastSteps, stepMs }: Pick<Snapshot, 'step' | 'leastSteps' | 'stepMs'>,
  ): void {
    if (!current.run || step <= current.step) return;
    const now = performance.now();
    if (step < leastSteps && now - current.reportedAt < LEAST_MS_BETWEEN_REPORTS) return;
    current.reportedAt = now;
    current.leftMs = timeLeftMs({ stepMs, leastSteps }) ?? current.leftMs;
    current.text = stepText(step, leastSteps, current.run.mostSteps, current.leftMs);
    current.step = step;
    current.leastSteps = leastSteps;
    this.publish();
  }

  private sendCancel({ connection, runId }: Current): void {
    if (!connection) return;
    // 0 names the newest run. While the id of this run is unknown, the newest run is this one.
    connection.request({ type: 'cancel', runId: runId ?? 0 }).catch((error: unknown) => {
      // The run may have ended before the cancel came, so nothing was left to cancel.
      this.log.debug(`Cancel: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  private publish(): void {
    const { current } = this;
    this.panel.showPreparing(
      current === undefined || current.run
        ? undefined
        : current.cancelling
          ? l10n.t('cancelling…')
          : current.text,
    );
    this.changed.fire(this.progress);
  }
}

function stepText(step: number, leastSteps: number, mostSteps: number, leftMs: number | undefined): string {
  // The tokens are all decided, but the run goes on: its image is being drawn.
  if (step === leastSteps)
    return `${stepsText(step, leastSteps, mostSteps)}, ${l10n.t('drawing the image…')}`;
  const steps = stepsText(step, leastSteps, mostSteps);
  const isWorthSaying = leftMs !== undefined && leftMs >= LEAST_LEFT_MS;
  return isWorthSaying ? l10n.t('{0}, about {1} left', steps, durationText(leftMs)) : steps;
}

function stepsText(step: number, leastSteps: number, mostSteps: number): string {
  // If all steps are done, their number is exact, even if only bounds were known before.
  return step === leastSteps || leastSteps === mostSteps
    ? l10n.t('step {0} of {1}', step, leastSteps)
    : l10n.t('step {0} of at least {1}', step, leastSteps);
}

/** Whether a run is being cancelled. It is a function because the value changes during awaits. */
function isCancelling(current: Current): boolean {
  return current.cancelling;
}
