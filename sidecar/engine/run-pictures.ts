import { fillUndecided } from '../decoding/fill-undecided';
import type { ProtocolError } from '../protocol';
import type { DecodedImage } from './engine-messages';
import { errorReport } from './error-report';
import { PictureCosts, type PictureWork } from './picture-costs';
import type { DrawnPicture, PictureProcess } from './picture-process';
import { PreviewBudget } from './preview-budget';
import type { Run } from './run';

/** A preview that takes longer than this many times its expected time is given up: the budget did not foresee the cost. */
const PREVIEW_OVERRUN = 2;
/** Additional time for starting the process that draws and for opening its image decoder. */
const PREVIEW_START_MS = 2000;

/** The process that draws. */
export type Drawer = Pick<PictureProcess, 'prepare' | 'draw' | 'close'>;

/** Draws the pictures of runs, and knows what they cost. */
export class RunPictures {
  private readonly costs = new PictureCosts();

  /** @param move moves a run to the CPU, if the failure allows it; false if not */
  constructor(
    private readonly drawer: Drawer,
    private readonly move: (run: Run, failure: ProtocolError) => boolean,
  ) {}

  /** Opens the run's image decoder, if the run will need it. Errors are reported when a picture is drawn. */
  prepare({ plan }: Run): void {
    if (plan.patch > 0) this.drawer.prepare(plan.job);
  }

  /** A budget for the run's previews. @param everyMs least time between two previews; 0 = no previews */
  budget(run: Run, everyMs: number): PreviewBudget {
    return new PreviewBudget(everyMs, () => this.costs.expectedMs(pictureWork(run)));
  }

  /**
   * Draws the tokens decided up to `step` with the run's provider, or with the CPU if that provider fails. Tokens do not
   * depend on the provider that draws them.
   * @throws EngineError
   */
  async draw(run: Run, step: number, signal?: AbortSignal): Promise<DrawnPicture> {
    const { provider } = run.plan.settings;
    try {
      return await this.drawOnce(run, step, signal);
    } catch (error) {
      // Another picture's failure may have moved the run meanwhile.
      const isMoved = run.plan.settings.provider !== provider;
      if (!isMoved && !this.move(run, errorReport(error))) throw error;
      return this.drawOnce(run, step, signal);
    }
  }

  /**
   * Draws a preview of the newest step that nobody asked for, and charges it to the budget. Undefined when it failed or took
   * too long: an error of the image decoder is reported when the finished picture is drawn.
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

  /** The expected time of drawing a picture of the run, ms: as it was measured the last time, else an estimate. */
  expectedMs(run: Run): number {
    return this.costs.expectedMs(pictureWork(run));
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
