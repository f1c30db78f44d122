import type { Disposable, Uri } from 'vscode';
import type { RunDescription } from '../sidecar/protocol';
import { setContextKey } from './context-keys';
import type { SidecarClient } from './sidecar-client';

/** Records the runs of the present sidecar. A sidecar's traces end with it, so a new sidecar starts a new record. */
export class RunBook implements Disposable {
  private readonly runs = new Map<number, RunDescription>();
  private readonly files = new Map<number, Uri>();
  private readonly subscriptions: readonly Disposable[];

  constructor(client: SidecarClient) {
    this.subscriptions = [
      client.onDidReceiveMessage((message) => {
        if (message.type === 'run-started' || message.type === 'run-moved')
          this.runs.set(message.run.runId, message.run);
        if (message.type === 'run-ended') this.end(message.runId, message.state);
      }),
      client.onDidChangeState(({ kind }) => {
        if (kind === 'ready') return;
        this.runs.clear();
        this.files.clear();
        this.publish();
      }),
    ];
  }

  get(runId: number): RunDescription | undefined {
    return this.runs.get(runId);
  }

  get newest(): RunDescription | undefined {
    return [...this.runs.values()].at(-1);
  }

  get newestComplete(): RunDescription | undefined {
    return [...this.runs.values()].filter(({ state }) => state === 'complete').at(-1);
  }

  /** The file of a run's picture, so that the picture is not written twice. */
  fileOf(runId: number): Uri | undefined {
    return this.files.get(runId);
  }

  recordFile(runId: number, file: Uri): void {
    this.files.set(runId, file);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private end(runId: number, state: RunDescription['state']): void {
    const run = this.runs.get(runId);
    if (run) this.runs.set(runId, { ...run, state });
    this.publish();
  }

  private publish(): void {
    setContextKey('hasImage', this.newestComplete !== undefined);
  }
}
