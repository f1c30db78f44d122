import type { Disposable } from 'vscode';
import type { Frame, RunDescription, SidecarMessage, Snapshot } from '../sidecar/protocol';
import type { SidecarClient } from './sidecar-client';
import { SidecarStoppedError } from './sidecar-errors';
import { inUsersLanguage } from './in-users-language';

/** How far a run is. */
type RunProgress = Pick<Snapshot, 'runId' | 'step' | 'leastSteps' | 'stepMs'>;

export type RunEnded = Extract<SidecarMessage, { type: 'run-ended' }>;

/**
 * Follows one run to its end. It is created before the run is requested, because the first messages may arrive together with
 * the answer.
 */
export class RunFollower implements Disposable {
  private readonly subscriptions: readonly Disposable[];
  private readonly endings = new Map<number, RunEnded>();
  /** Times of the steps of each run, in ms. */
  private readonly times = new Map<number, Float32Array>();
  private runId: number | undefined;
  private finish: (ended: RunEnded) => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;
  /** Rejects when the sidecar goes away. */
  readonly ended: Promise<RunEnded>;

  /**
   * @param onStep gets the run so far
   * @param onMoved gets the reason why the run continues on another provider
   */
  constructor(
    client: SidecarClient,
    onStep: (state: RunProgress) => void,
    onMoved: (notice: string) => void,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    // A caller may await this promise later; until then a rejection must not count as unhandled.
    this.ended.catch(() => undefined);
    this.subscriptions = [
      client.onDidReceiveMessage((message) => {
        if (message.type === 'run-ended') this.endings.set(message.runId, message);
        if (message.type === 'run-ended' && message.runId === this.runId) this.finish(message);
        if (message.type === 'run-moved' && message.run.runId === this.runId)
          onMoved(inUsersLanguage(message.notice));
      }),
      client.onDidReceiveFrame((frame) => {
        const state = this.stateIn(frame);
        if (state && state.runId === this.runId) onStep(state);
      }),
      client.onDidChangeState((state) => {
        if (state.kind === 'failed') this.fail(state.error);
        else if (state.kind !== 'ready') this.fail(new SidecarStoppedError());
      }),
    ];
  }

  /** How far a run is, from a frame of the sidecar. Frames of changes have only the newest times. */
  private stateIn(frame: Frame): RunProgress | undefined {
    if (frame.kind !== 'snapshot' && frame.kind !== 'changes') return undefined;
    const isWhole = frame.kind === 'snapshot';
    const { runId, step, leastSteps, stepMs } = isWhole ? frame.snapshot : frame.changes;
    const times = new Float32Array(step);
    if (!isWhole) times.set((this.times.get(runId) ?? times).subarray(0, frame.changes.base));
    times.set(stepMs, isWhole ? 0 : frame.changes.base);
    this.times.set(runId, times);
    return { runId, step, leastSteps, stepMs: times };
  }

  /** Takes the run from the answer to `generate`. */
  follow({ runId }: RunDescription): void {
    this.runId = runId;
    const ended = this.endings.get(runId);
    if (ended) this.finish(ended);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
