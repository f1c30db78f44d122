import {
  EventEmitter,
  l10n,
  ProgressLocation,
  window,
  type Disposable,
  type LogOutputChannel,
  type Progress,
} from 'vscode';
import type { GenerateRequest, RunDescription } from '../sidecar/protocol';
import { setContextKey } from './context-keys';
import { RequestRefusedError } from './request-refused-error';
import { RunFollower, type RunEnded } from './run-follower';
import type { SidecarClient } from './sidecar-client';
import type { SidecarConnection } from './sidecar-connection';

/** Every report redraws parts of VS Code's window, and a fast model makes hundreds of steps a second. */
const LEAST_MS_BETWEEN_REPORTS = 100;
/** Opening a large model may read tens of gigabytes. */
const START_TIMEOUT_MS = 30 * 60_000;

/** The picture being made, for the status bar. */
export interface GenerationProgress {
  /** 0 until the model is loaded. */
  readonly step: number;
  readonly totalSteps: number;
  readonly cancelling: boolean;
}

export interface FinishedRun {
  readonly run: RunDescription;
  readonly ended: RunEnded;
}

interface Current {
  cancelling: boolean;
  connection?: SidecarConnection;
  run?: RunDescription;
  step: number;
  /** When the step was last told to VS Code, as `performance.now()` counts. */
  reportedAt: number;
}

/** Makes one picture at a time, with a progress notification, and can be cancelled at any moment. */
export class Generation implements Disposable {
  readonly #changed = new EventEmitter<GenerationProgress | undefined>();
  readonly onDidChange = this.#changed.event;
  #current: Current | undefined;

  constructor(
    private readonly client: SidecarClient,
    private readonly log: LogOutputChannel,
  ) {}

  get progress(): GenerationProgress | undefined {
    const current = this.#current;
    if (!current) return undefined;
    return {
      step: current.step,
      totalSteps: current.run?.totalSteps ?? 0,
      cancelling: current.cancelling,
    };
  }

  /**
   * Resolves when the run has ended, whichever way; undefined when it was cancelled before it began.
   * @throws RequestRefusedError, or one of the sidecar's errors
   */
  async run(
    request: GenerateRequest,
    title: string,
    onStarted: (run: RunDescription, notices: readonly string[]) => void,
  ): Promise<FinishedRun | undefined> {
    const current: Current = { cancelling: false, step: 0, reportedAt: -Infinity };
    this.#current = current;
    setContextKey('generating', true);
    this.#publish();
    try {
      return await window.withProgress(
        { location: ProgressLocation.Notification, cancellable: true, title },
        async (progress, token) => {
          token.onCancellationRequested(() => {
            this.cancel();
          });
          return this.#follow(current, request, progress, onStarted);
        },
      );
    } catch (error) {
      throw await this.client.explain(error);
    } finally {
      this.#current = undefined;
      setContextKey('generating', false);
      this.#publish();
    }
  }

  /** False when there is nothing to cancel. */
  cancel(): boolean {
    if (!this.#current) return false;
    if (this.#current.cancelling) return true;
    this.#current.cancelling = true;
    this.#publish();
    this.#sendCancel(this.#current);
    return true;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #follow(
    current: Current,
    request: GenerateRequest,
    progress: Progress<{ message?: string; increment?: number }>,
    onStarted: (run: RunDescription, notices: readonly string[]) => void,
  ): Promise<FinishedRun | undefined> {
    progress.report({ message: l10n.t('loading the model…') });
    const connection = await this.client.connection();
    if (isCancelling(current)) return undefined;
    current.connection = connection;
    const follower = new RunFollower(this.client, (step) => {
      this.#advance(current, step, progress);
    });
    try {
      const { run, notices } = await connection.request({ type: 'generate', request }, START_TIMEOUT_MS);
      current.run = run;
      follower.follow(run);
      progress.report({ message: l10n.t('step {0} of {1}', 0, run.totalSteps) });
      this.#publish();
      onStarted(run, notices);
      // Cancelled while the model was loading: there was no run to name until now.
      if (isCancelling(current)) this.#sendCancel(current);
      const ended = await follower.ended;
      if (ended.error) throw new RequestRefusedError(ended.error);
      return { run: { ...run, state: ended.state }, ended };
    } finally {
      follower.dispose();
    }
  }

  #advance(
    current: Current,
    step: number,
    progress: Progress<{ message?: string; increment?: number }>,
  ): void {
    const totalSteps = current.run?.totalSteps;
    if (totalSteps === undefined || step <= current.step) return;
    const now = performance.now();
    if (step < totalSteps && now - current.reportedAt < LEAST_MS_BETWEEN_REPORTS) return;
    current.reportedAt = now;
    progress.report({
      message: l10n.t('step {0} of {1}', step, totalSteps),
      increment: (100 * (step - current.step)) / totalSteps,
    });
    current.step = step;
    this.#publish();
  }

  #sendCancel({ connection, run }: Current): void {
    if (!connection || !run) return;
    connection.request({ type: 'cancel', runId: run.runId }).catch((error: unknown) => {
      // The run may have ended in the meantime; then nothing was left to cancel.
      this.log.debug(`Cancel: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  #publish(): void {
    this.#changed.fire(this.progress);
  }
}

/** A function, because it changes while others wait. */
function isCancelling(current: Current): boolean {
  return current.cancelling;
}
