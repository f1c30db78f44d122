import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Uri } from 'vscode';
import type { RunStore } from './run-store';

/** The name of a file that a sidecar saves its run in: time, seed, process and run. */
const NAME = /^(\d{8}-\d{6}-\d+)-(\d+)-\d+\.zipar$/;
/** How long a sidecar may take to end after its window. */
const ENDS_WITHIN_MS = 3000;
const LOOK_EVERY_MS = 200;

/**
 * The runs that sidecars save while they make them. A sidecar deletes the file of a run that has ended. So a file whose sidecar
 * is gone is of a run that a crash or a reload ended.
 */
export class SavedRuns {
  /** @param folder in which the sidecars save runs; sidecars of all windows share it */
  constructor(
    private readonly folder: Uri,
    private readonly store: RunStore,
  ) {}

  /** What a sidecar must know to save its runs here. */
  get environment(): Readonly<Record<string, string>> {
    return { ZIPAR_SAVES: this.folder.fsPath };
  }

  /**
   * Moves the runs of sidecars that are gone to the runs that the extension keeps. A sidecar that is about to end is waited for.
   * @returns the files where the runs are now
   */
  async adopt(): Promise<readonly Uri[]> {
    const adopted: Uri[] = [];
    for (const name of await this.names()) {
      const [, stem = '', process = ''] = NAME.exec(name) ?? [];
      if (stem === '' || !(await hasEnded(Number(process)))) continue;
      const file = path.join(this.folder.fsPath, name);
      // Another window may have taken the file meanwhile.
      const bytes = await readFile(file).catch(() => undefined);
      const kept = bytes && (await this.store.keep(`${stem}.zipar`, bytes));
      if (kept) adopted.push(kept);
      if (kept) await rm(file, { force: true });
    }
    return adopted;
  }

  private async names(): Promise<readonly string[]> {
    await mkdir(this.folder.fsPath, { recursive: true });
    return readdir(this.folder.fsPath);
  }
}

/** Whether a process has ended, or ends soon. */
async function hasEnded(pid: number): Promise<boolean> {
  for (let waited = 0; waited <= ENDS_WITHIN_MS; waited += LOOK_EVERY_MS) {
    if (!isRunning(pid)) return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user may not be signalled, but it runs.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
