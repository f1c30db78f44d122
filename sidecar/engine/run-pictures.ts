import { fillUndecided } from '../decoding/fill-undecided';
import type { ProtocolError } from '../protocol';
import type { DecodedImage } from './engine-messages';
import { errorReport } from './error-report';
import { PictureCosts, type PictureWork } from './picture-costs';
import type { DrawnPicture, PictureProcess } from './picture-process';
import { PreviewBudget } from './preview-budget';
import type { Run } from './run';

/** A preview is cancelled if it takes more than this many times its expected time. */
const PREVIEW_OVERRUN = 2;
/** The additional time, in ms, for the start of the process that draws, and for the opening of the image decoder. */
const PREVIEW_START_MS = 2000;

/** The process that draws. */
export type Drawer = Pick<PictureProcess, 'prepare' | 'draw' | 'close'>;

/** Draws the pictures of runs, and records their times. */
export class RunPictures {
  private readonly costs = new PictureCosts();

  /** @param move moves a run to the CPU if the failure allows this. It returns whether the run was moved */
  constructor(
    private readonly drawer: Drawer,
    private readonly move: (run: Run, failure: ProtocolError) => boolean,
  ) {}

  /** Opens the image decoder of a run before it is needed. If this fails, the error is reported when a picture is drawn. */
  prepare({ plan }: Run): void {
    if (plan.patch > 0) this.drawer.prepare(plan.job);
  }

  /** A budget for the previews of a run. @param everyMs the least time between two previews, in ms; 0 = no previews */
  budget(run: Run, everyMs: number): PreviewBudget {
    return new PreviewBudget(everyMs, () => this.costs.expectedMs(pictureWork(run)));
  }

  /**
   * Draws the picture of a run after a step, with the provider of the run. If that provider fails, the run is moved to the CPU,
   * and the CPU draws the picture.
   * @param signal cancels the drawing
   * @throws EngineError
   */
  async draw(run: Run, step: number, signal?: AbortSignal): Promise<DrawnPicture> {
    const { provider } = run.plan.settings;
    try {
      return await this.drawOnce(run, step, signal);
    } catch (error) {
      // In the meantime, another picture's failure may have moved the run.
      const isMoved = run.plan.settings.provider !== provider;
      if (!isMoved && !this.move(run, errorReport(error))) throw error;
      return this.drawOnce(run, step, signal);
    }
  }

  /**
   * Draws a preview of the newest step, and records its time in the budget. Undefined if the preview failed or took too long.
   * Then the run has no more previews. An error of the image decoder is reported when the finished picture is drawn.
   */
  async preview(run: Run, budget: PreviewBudget): Promise<DecodedImage | undefined> {
    const limitMs = PREVIEW_OVERRUN * this.costs.expectedMs(pictureWork(run)) + PREVIEW_START_MS;
    budget.begin(run.timings.decodeMs);
    try {
      const { image, ms } = await this.drawOnce(
        run,
        run.trace.steps,
        AbortSignal.timeout(Math.ceil(limitMs)),
      );
      budget.end(ms);
      return image;
    } catch {
      budget.end(Infinity);
      return undefined;
    }
  }

  close(): void {
    this.drawer.close();
  }

  private async drawOnce(run: Run, step: number, signal?: AbortSignal): Promise<DrawnPicture> {
    const work = pictureWork(run);
    const tokens = fillUndecided(run.trace.tokensAt(step), run.plan.grid);
    const drawn = await this.drawer.draw({ ...work, tokens }, signal);
    this.costs.record(work, drawn.ms);
    return drawn;
  }
}

function pictureWork({ plan }: Run): PictureWork {
  const { folder, wishes, execution } = plan.job;
  return { folder, wishes, execution, operations: plan.pictureOperations };
}
