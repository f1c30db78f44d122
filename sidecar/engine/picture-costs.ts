import type { ModelWishes } from '../model/model-folder';
import type { ExecutionOptions } from '../runtime/runtime';

/** What is known about a picture before it is drawn. */
export interface PictureWork {
  /** The model's folder, or its weight file; absolute. */
  readonly folder: string;
  readonly wishes: ModelWishes;
  readonly execution: ExecutionOptions;
  /** Multiplications and additions that drawing needs. */
  readonly operations: number;
}

/**
 * Assumed speed, in operations a millisecond, until a picture was measured. One thread: 5 billion a second, a fraction of
 * what processors do. A graphics device: 100 billion a second.
 * A guess that is too low costs previews; a guess that is too high costs time.
 */
const ASSUMED = { aThread: 5e6, onDevice: 1e8 };

/** The cost of drawing a picture: as measured the last time, otherwise estimated from its operations. */
export class PictureCosts {
  private readonly measuredMs = new Map<string, number>();
  /** Operations a millisecond, by the place where they run. */
  private readonly speeds = new Map<string, number>();

  expectedMs(work: PictureWork): number {
    return this.measuredMs.get(pictureKey(work)) ?? work.operations / this.speedOf(work.execution);
  }

  record(work: PictureWork, ms: number): void {
    this.measuredMs.set(pictureKey(work), ms);
    if (ms > 0) this.speeds.set(placeKey(work.execution), work.operations / ms);
  }

  private speedOf(execution: ExecutionOptions): number {
    const assumed = execution.provider === 'cpu' ? ASSUMED.aThread * execution.threads : ASSUMED.onDevice;
    return this.speeds.get(placeKey(execution)) ?? assumed;
  }
}

function placeKey({ provider, threads }: ExecutionOptions): string {
  return `${provider} ${threads}`;
}

function pictureKey({ folder, execution, operations }: PictureWork): string {
  return `${placeKey(execution)} ${operations} ${folder}`;
}
