import type { PictureFrame } from '../sidecar/protocol';
import type { Clock } from './clock';

const MAX_PICTURES = 64;
/** Bytes that the pictures of one page may take. */
export const MAX_PICTURE_BYTES = 96 * 2 ** 20;
const ANSWER_WITHIN_MS = 15_000;
/** The id of a picture that came without a request. */
const UNASKED = 0;

/**
 * Asks the sidecar for the picture of the tokens decided up to a step. Returns the request's id; undefined if the sidecar
 * cannot be asked now.
 */
export type AskPicture = (runId: number, step: number) => number | undefined;

/**
 * The pictures of one run, by step. Only one request is in progress at a time. If several steps are wanted meanwhile, only the
 * latest is requested next. The pictures unused for longest are deleted.
 */
export class RunPictures {
  private readonly byStep = new Map<number, PictureFrame>();
  private readonly refused = new Set<number>();
  private wanted: number | undefined;
  /** A step whose own picture somebody waits for. It is asked for before the step that is wanted. */
  private awaited: { readonly step: number; readonly resolve: (picture?: PictureFrame) => void } | undefined;
  private pending: { readonly id: number; readonly step: number; readonly cancel: () => void } | undefined;

  constructor(
    private readonly runId: number,
    private readonly ask: AskPicture,
    private readonly clock: Clock,
    private readonly onChange: () => void,
    private readonly maxBytes = MAX_PICTURE_BYTES,
  ) {}

  /** Stops waiting for an answer. */
  dispose(): void {
    this.settle();
    this.fulfil(undefined);
  }

  /** The connection is new: old requests get no answer, and refused requests may be tried again. */
  reconnected(): void {
    this.refused.clear();
    this.settle();
    this.askNext();
  }

  /** Names the step whose picture is wanted; undefined = none. */
  want(step: number | undefined): void {
    this.wanted = step;
    this.askNext();
  }

  /**
   * The picture that was decoded of exactly the tokens of `step`. It is asked for if it is not here. A picture that came without
   * a request does not count, because it may be a blurred preview. Ask for one step at a time.
   * @returns undefined if nobody can draw it
   */
  async decoded(step: number): Promise<PictureFrame | undefined> {
    const known = this.byStep.get(step);
    if (known && known.id !== UNASKED) return known;
    return new Promise((resolve) => {
      this.fulfil(undefined);
      this.awaited = { step, resolve };
      this.askNext();
    });
  }

  /**
   * The picture of `step`. Otherwise it is the nearest later one, which holds every cell of the step, or else the nearest
   * earlier one.
   */
  nearest(step: number): PictureFrame | undefined {
    const best = this.nearestStep(step);
    if (best === undefined) return undefined;
    const picture = this.byStep.get(best);
    if (picture) this.remember(picture);
    return picture;
  }

  received(picture: PictureFrame): void {
    if (picture.runId !== this.runId) return;
    this.remember(picture);
    this.forgetOldest();
    if (picture.id === this.pending?.id) this.settle();
    if (picture.step === this.awaited?.step && picture.id !== UNASKED) this.fulfil(picture);
    this.askNext();
    this.onChange();
  }

  /** The sidecar refused a request. Ids of other requests are ignored. */
  failed(id: number): void {
    if (id !== this.pending?.id) return;
    this.refused.add(this.pending.step);
    this.settle();
    this.askNext();
  }

  private askNext(): void {
    if (this.pending) return;
    if (this.awaited && (this.refused.has(this.awaited.step) || !this.askFor(this.awaited.step)))
      this.fulfil(undefined);
    const step = this.wanted;
    if (this.awaited || step === undefined || step < 1) return;
    if (!this.byStep.has(step) && !this.refused.has(step)) this.askFor(step);
  }

  /** @returns whether somebody can be asked */
  private askFor(step: number): boolean {
    const id = this.ask(this.runId, step);
    if (id === undefined) return false;
    const cancel = this.clock.after(ANSWER_WITHIN_MS, () => {
      this.failed(id);
    });
    this.pending = { id, step, cancel };
    return true;
  }

  private fulfil(picture: PictureFrame | undefined): void {
    const { awaited } = this;
    this.awaited = undefined;
    awaited?.resolve(picture);
  }

  private settle(): void {
    this.pending?.cancel();
    this.pending = undefined;
  }

  private nearestStep(step: number): number | undefined {
    if (this.byStep.has(step)) return step;
    const steps = [...this.byStep.keys()];
    const later = steps.filter((candidate) => candidate > step);
    if (later.length > 0) return Math.min(...later);
    return steps.length > 0 ? Math.max(...steps) : undefined;
  }

  /** Marks a picture as the most recently used: a Map keeps the order of insertion. */
  private remember(picture: PictureFrame): void {
    this.byStep.delete(picture.step);
    this.byStep.set(picture.step, picture);
  }

  private forgetOldest(): void {
    let bytes = 0;
    for (const picture of this.byStep.values()) bytes += picture.rgb.length;
    for (const [step, picture] of this.byStep) {
      const fits = this.byStep.size <= MAX_PICTURES && bytes <= this.maxBytes;
      if (fits || this.byStep.size === 1) return;
      this.byStep.delete(step);
      bytes -= picture.rgb.length;
    }
  }
}

/** The pictures of all runs on the page. */
export class Pictures {
  private readonly byRun = new Map<number, RunPictures>();

  constructor(
    private readonly ask: AskPicture,
    private readonly clock: Clock,
    private readonly onChange: () => void,
  ) {}

  /** The pictures of a run; undefined for a run that is not on the page. */
  of(runId: number): RunPictures | undefined {
    return this.byRun.get(runId);
  }

  /** Starts the pictures of a run that came onto the page. Pictures of an earlier run with the same id are deleted. */
  begin(runId: number): void {
    this.end(runId);
    this.byRun.set(runId, new RunPictures(runId, this.ask, this.clock, this.onChange));
  }

  /** Ends the pictures of a run that left the page. */
  end(runId: number): void {
    this.byRun.get(runId)?.dispose();
    this.byRun.delete(runId);
  }

  reconnected(): void {
    for (const pictures of this.byRun.values()) pictures.reconnected();
  }

  received(picture: PictureFrame): void {
    this.byRun.get(picture.runId)?.received(picture);
  }

  failed(id: number): void {
    for (const pictures of this.byRun.values()) pictures.failed(id);
  }
}
