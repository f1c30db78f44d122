import type { Disposable } from 'vscode';
import type { RunDescription, SidecarMessage, Snapshot } from '../sidecar/protocol';
import type { SidecarClient } from './sidecar-client';
import { SidecarStoppedError } from './sidecar-errors';

export type RunEnded = Extract<SidecarMessage, { type: 'run-ended' }>;

/**
 * Follows one run to its end. It is created before the run is requested, because the first messages may arrive together with
 * the answer.
 */
export class RunFollower implements Disposable {
  private readonly subscriptions: readonly Disposable[];
  private readonly endings = new Map<number, RunEnded>();
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
    onStep: (snapshot: Snapshot) => void,
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
        if (message.type === 'run-moved' && message.run.runId === this.runId) onMoved(message.notice);
      }),
      client.onDidReceiveFrame((frame) => {
        if (frame.kind !== 'snapshot' || frame.snapshot.runId !== this.runId) return;
        onStep(frame.snapshot);
      }),
      client.onDidChangeState((state) => {
        if (state.kind === 'failed') this.fail(state.error);
        else if (state.kind !== 'ready') this.fail(new SidecarStoppedError());
      }),
    ];
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
