import type { ModelWishes } from '../model/model-folder';
import type { ExecutionOptions } from '../runtime/runtime';

/** The facts about a picture that are known before it is drawn. */
export interface PictureWork {
  /** The model's folder, or its weight file; an absolute path. */
  readonly folder: string;
  readonly wishes: ModelWishes;
  readonly execution: ExecutionOptions;
  /** The number of multiplications and additions for the picture. */
  readonly operations: number;
}

/**
 * The assumed speed, in operations for each millisecond, before a picture is measured. `aThread` is for each thread on the CPU:
 * 5 billion operations in a second, much less than a processor can do. `onDevice` is for a graphics device: 100 billion. If the
 * assumed speed is too low, there are fewer previews. If it is too high, the first preview takes too much time.
 */
const ASSUMED = { aThread: 5e6, onDevice: 1e8 };

/** Estimates the time of drawing a picture: the last measured time, or else an estimate from the number of operations. */
export class PictureCosts {
  private readonly measuredMs = new Map<string, number>();
  /** The measured speed, in operations for each millisecond, by provider and number of threads. */
  private readonly speeds = new Map<string, number>();

  /** The expected time of drawing a picture, in ms. */
  expectedMs(work: PictureWork): number {
    return this.measuredMs.get(pictureKey(work)) ?? work.operations / this.speedOf(work.execution);
  }

  /** Records the measured time of a drawing. */
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
