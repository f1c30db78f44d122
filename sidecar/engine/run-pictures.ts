import { fillUndecided } from '../decoding/fill-undecided';
import type { ProtocolError } from '../protocol';
import type { DecodedImage } from './engine-messages';
import { errorReport } from './error-report';
import { keepColours, keptColours, paintCodes } from './cheap-previews';
import { PictureCosts, type PictureWork } from './picture-costs';
import type { DrawnPicture, PictureProcess } from './picture-process';
import { PreviewBudget } from './preview-budget';
import type { Run } from './run';

/** A preview is cancelled if it takes more than this many times its expected time. */
const PREVIEW_OVERRUN = 2;
/** The additional time, in ms, for the start of the process that draws, and for the opening of the image decoder. */
const PREVIEW_START_MS = 2000;

/** Expected time of painting a cheap preview. */
const PAINTING_MS = 2;

/** The process that draws. */
export type Drawer = Pick<PictureProcess, 'prepare' | 'draw' | 'colours' | 'encode' | 'close'>;

/** Draws the pictures of runs, and records their times. */
export class RunPictures {
  private readonly costs = new PictureCosts();
  /** Colours of codes by the digest of the weights; undefined where they cannot be found. */
  private readonly colours = new Map<string, Uint8Array | undefined>();

  /** @param move moves a run to the CPU if the failure allows this. It returns whether the run was moved */
  constructor(
    private readonly drawer: Drawer,
    private readonly move: (run: Run, failure: ProtocolError) => boolean,
  ) {}

  /** Opens the image decoder of a run before it is needed. If this fails, the error is reported when a picture is drawn. */
  prepare({ plan }: Run): void {
    if (plan.patch > 0) this.drawer.prepare(plan.job);
    const { cheapPreviews, weights } = plan;
    if (!cheapPreviews || this.colours.has(weights)) return;
    void keptColours(weights, cheapPreviews.codes).then((colours) => {
      if (colours) this.colours.set(weights, colours);
    });
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

  /**
   * A preview of one pixel for each cell, in the colour of its code: for large models, whose real picture is not affordable yet.
   * The colours are found once for each model, when the budget allows it. Undefined when it does not, or when a real picture
   * costs no more.
   */
  async cheapPreview(run: Run, budget: PreviewBudget): Promise<DecodedImage | undefined> {
    const { plan, trace, timings } = run;
    if (!plan.cheapPreviews) return undefined;
    const colours = await this.coloursWithin(run, budget);
    if (!colours || !budget.allows(timings.decodeMs, PAINTING_MS)) return undefined;
    budget.begin(timings.decodeMs);
    const began = performance.now();
    const image = paintCodes(fillUndecided(trace.tokens, plan.grid), plan.grid, colours);
    budget.end(performance.now() - began);
    return image;
  }

  /** The colours of the run's codes, if they are known or may be found now. */
  private async coloursWithin(
    { plan, timings }: Run,
    budget: PreviewBudget,
  ): Promise<Uint8Array | undefined> {
    const { weights, cheapPreviews } = plan;
    if (!cheapPreviews || this.colours.has(weights)) return this.colours.get(weights);
    const work = { ...pictureWork({ plan }), operations: cheapPreviews.operations };
    const expectedMs = this.costs.expectedMs(work);
    if (!budget.allows(timings.decodeMs, expectedMs)) return undefined;
    budget.begin(timings.decodeMs);
    const limit = AbortSignal.timeout(Math.ceil(PREVIEW_OVERRUN * expectedMs + PREVIEW_START_MS));
    try {
      const { colours, ms } = await this.drawer.colours(work, limit);
      budget.end(ms);
      this.costs.record(work, ms);
      this.colours.set(weights, colours);
      void keepColours(weights, colours); // never rejects
    } catch {
      budget.end(expectedMs);
      this.colours.set(weights, undefined);
    }
    return undefined;
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

function pictureWork({ plan }: Pick<Run, 'plan'>): PictureWork {
  const { folder, wishes, execution } = plan.job;
  return { folder, wishes, execution, operations: plan.pictureOperations };
}
