import { rm } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder } from '../files/cache-folder';
import { HomeFolderError } from '../files/home-folder';
import { makeFolder, writeWholeFile } from '../files/write-whole-file';
import type { EngineEvents } from './engine-events';
import type { Run } from './run';

/** Where and how often runs save themselves. */
export interface RunSaves {
  readonly folder: string;
  /** Time of decoding between two saves, ms. */
  readonly everyMs: number;
}

/** Time between two saves when nothing names another, ms. */
const SAVE_EVERY_MS = 60_000;

/** Time between two saves, ms: `ZIPAR_SAVE_EVERY` in seconds, else a minute. */
export function saveEveryMs(env: Readonly<Record<string, string | undefined>> = process.env): number {
  const seconds = Number(env.ZIPAR_SAVE_EVERY ?? '');
  return seconds > 0 && Number.isFinite(seconds) ? 1000 * seconds : SAVE_EVERY_MS;
}

/**
 * The folder in which runs save themselves, absolute: `ZIPAR_SAVES`, by which the extension names its own folder, else a
 * folder in the user's cache. Undefined where there is no place for a cache.
 */
export function savesFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const { ZIPAR_SAVES: chosen } = env;
  if (chosen !== undefined && chosen !== '') return path.resolve(chosen);
  try {
    return path.join(cacheFolder(env), 'runs');
  } catch (error) {
    if (error instanceof HomeFolderError) return undefined;
    throw error;
  }
}

/** Time of decoding after which a run that is stopped is worth a file, ms. */
const WORTH_KEEPING_MS = 5000;

/**
 * Saves runs of minutes while they go on, so that a crash, a reload or a kill loses a minute at most. A file is replaced as a
 * whole. It is deleted when its run is complete.
 */
export class RunSaver {
  private readonly files = new Map<Run, string>();
  private readonly savedAtMs = new Map<Run, number>();
  private saving: Promise<void> = Promise.resolve();
  private isSaving = false;
  private hasFailed = false;

  /** @param encode the bytes of a run's `.zipar` file */
  constructor(
    private readonly saves: RunSaves,
    private readonly encode: (run: Run) => Promise<Uint8Array>,
    private readonly events: EngineEvents,
  ) {}

  /** Saves the run if the time has come, and if no save is under way. */
  onStep(run: Run): void {
    const since = this.savedAtMs.get(run) ?? run.plan.past?.decodeMs ?? 0;
    if (this.isSaving || run.timings.decodeMs - since < this.saves.everyMs) return;
    void this.save(run); // never rejects
  }

  /** Saves a run that waits, however short it is: whatever ends it meanwhile, it can go on later. Never rejects. */
  async onPaused(run: Run): Promise<void> {
    await this.save(run);
  }

  /** Deletes the file of a complete run. Saves any other run a last time, if its steps took a while. Never rejects. */
  async onEnded(run: Run): Promise<void> {
    if (run.state === 'complete') return this.forget(run);
    const ownMs = run.timings.decodeMs - (run.plan.past?.decodeMs ?? 0);
    const isWorthKeeping = ownMs >= Math.min(WORTH_KEEPING_MS, this.saves.everyMs);
    if (run.trace.steps > 0 && (isWorthKeeping || this.files.has(run))) await this.save(run);
  }

  /** Deletes what the run saved, also what it went on from if that lies in the same folder. Never rejects. */
  async forget(run: Run): Promise<void> {
    await this.saving;
    const file = this.files.get(run);
    this.files.delete(run);
    this.savedAtMs.delete(run);
    if (file !== undefined) await rm(file, { force: true }).catch(() => undefined);
    if (run.state === 'complete') await this.forgetEarlier(run, file);
  }

  private save(run: Run): Promise<void> {
    this.isSaving = true;
    this.savedAtMs.set(run, run.timings.decodeMs);
    this.saving = this.saving
      .then(() => this.write(run))
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        if (!this.hasFailed) this.events.emit('notice', `The run goes on, but it is not saved: ${reason}`);
        this.hasFailed = true;
      })
      .finally(() => {
        this.isSaving = false;
      });
    return this.saving;
  }

  private async write(run: Run): Promise<void> {
    const file = this.files.get(run) ?? path.join(this.saves.folder, saveName(run));
    await makeFolder(this.saves.folder);
    await writeWholeFile(file, [await this.encode(run)]);
    this.files.set(run, file);
    this.events.emit('saved', run, file);
    await this.forgetEarlier(run, file);
  }

  /** Deletes the saved file that the run went on from: the newer one has all that it has. */
  private async forgetEarlier({ plan }: Run, newer: string | undefined): Promise<void> {
    const earlier = plan.resumedFrom;
    if (earlier === undefined || earlier === newer) return;
    if (path.dirname(earlier) === path.resolve(this.saves.folder))
      await rm(earlier, { force: true }).catch(() => undefined);
  }
}

/** `20261126-045312-SEED-PROCESS-RUN.zipar`: the process tells whether the run still goes on. */
function saveName({ startedAt, plan, runId }: Run): string {
  const time = new Date(startedAt)
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-');
  return `${time}-${plan.settings.seed}-${process.pid}-${runId}.zipar`;
}
