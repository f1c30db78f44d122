import type { Memento } from 'vscode';
import type { GenerateRequest } from '../sidecar/protocol';

/** What it takes to make a picture again. */
export interface RepeatableRun {
  /** Every choice made, the seed too. */
  readonly request: GenerateRequest;
  /** What is drawn, as messages name it. */
  readonly title: string;
}

const KEY = 'ziparStudio.runUnderWay';

/**
 * The run of this window, noted where the note outlives the window. A reload ends the sidecar with its run, and nothing is
 * left to say so. A run that is still noted when the extension starts was interrupted.
 */
export class RunUnderWay {
  #isClosing = false;

  /** @param memento of the workspace */
  constructor(private readonly memento: Memento) {}

  /** Notes the run while `work` goes on. */
  async during<T>(run: RepeatableRun, work: () => Promise<T>): Promise<T> {
    // Not waited for: between the check that nothing runs and the run there must be no gap.
    const noted = this.memento.update(KEY, run);
    try {
      return await work();
    } finally {
      await noted;
      // A window that closes ends the run too, which is what has to be remembered.
      if (!this.#isClosing) await this.memento.update(KEY, undefined);
    }
  }

  /** The run that the window's last end interrupted; the note is gone then. */
  async takeInterrupted(): Promise<RepeatableRun | undefined> {
    const noted: unknown = this.memento.get(KEY);
    if (noted === undefined) return undefined;
    await this.memento.update(KEY, undefined);
    return isRepeatable(noted) ? noted : undefined;
  }

  /** The window closes: from now on the note stays. */
  close(): void {
    this.#isClosing = true;
  }
}

/** An older version may have written it; what its request holds is for the sidecar to judge. */
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
