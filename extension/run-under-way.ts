import type { Memento } from 'vscode';
import type { GenerateRequest } from '../sidecar/protocol';

/** What is needed to make a picture again. */
export interface RepeatableRun {
  /** Every choice of the run, with its seed. */
  readonly request: GenerateRequest;
  /** The name of the subject in messages. */
  readonly title: string;
}

const KEY = 'ziparStudio.runUnderWay';

/**
 * Records the run of this window in storage that outlives the window. A reload ends the sidecar and its run, and no process is
 * left to report that. A run still recorded when the extension starts was interrupted.
 */
export class RunUnderWay {
  private isClosing = false;

  /** @param memento of the workspace; a reload must not lose what was written a moment ago */
  constructor(private readonly memento: Pick<Memento, 'get' | 'update'>) {}

  /** Records the run while `work` is in progress. */
  async during<T>(run: RepeatableRun, work: () => Promise<T>): Promise<T> {
    // Not awaited: between the check that nothing runs and the start of the run there must be no gap.
    const noted = this.memento.update(KEY, run);
    try {
      return await work();
    } finally {
      await noted;
      await this.forget();
    }
  }

  /** Deletes the record of a run that the user cancels: a reload before its end does not interrupt it. */
  async forget(): Promise<void> {
    // If the window closes, the run ends too, and the record must stay.
    if (!this.isClosing) await this.memento.update(KEY, undefined);
  }

  /** Returns the run that the last reload interrupted, and deletes the record. */
  async takeInterrupted(): Promise<RepeatableRun | undefined> {
    const noted: unknown = this.memento.get(KEY);
    if (noted === undefined) return undefined;
    await this.memento.update(KEY, undefined);
    return isRepeatable(noted) ? noted : undefined;
  }

  /** Marks the window as closing: from now on the record stays. */
  close(): void {
    this.isClosing = true;
  }
}

/** Whether a record has the right form. An older version may have written it; the sidecar checks its request. */
function isRepeatable(noted: unknown): noted is RepeatableRun {
  return (
    typeof noted === 'object' &&
    noted !== null &&
    'title' in noted &&
    typeof noted.title === 'string' &&
    'request' in noted &&
    typeof noted.request === 'object' &&
    noted.request !== null &&
    'condition' in noted.request
  );
}
