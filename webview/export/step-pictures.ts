import * as l10n from '../l10n';
import type { PictureFrame } from '../../sidecar/protocol';
import type { Clock } from '../clock';
import type { RunPictures } from '../pictures';
import { stepsDone, type Trace } from '../trace';

/** Time for the pictures of all steps together. Later steps then show cells of the pictures that are there. */
const TIME_LIMIT_MS = 120_000;

/** The pictures of a run's steps, one after the other, for an animation. It counts what they are. */
export class StepPictures {
  private readonly begunAt: number;
  private canAsk = true;
  private steps = 0;
  private decoded = 0;
  private hasOther = false;

  /** @param pictures undefined for a run without pictures */
  constructor(
    private readonly trace: Trace,
    private readonly pictures: Pick<RunPictures, 'decoded' | 'nearest'> | undefined,
    private readonly clock: Clock,
  ) {
    this.begunAt = clock.now();
  }

  /**
   * The picture that the model decodes of the tokens of a step. If nobody can draw it, it is the nearest known picture. Undefined
   * if there is none.
   */
  async at(step: number): Promise<PictureFrame | undefined> {
    if (step < 1 || this.trace.run.patch === 0) return undefined;
    this.steps++;
    const last = this.pictures?.nearest(step);
    // The finished picture needs no request: it is the picture of the last step.
    const own = step === stepsDone(this.trace) && last?.step === step ? last : await this.decodedAt(step);
    if (own) this.decoded++;
    const shown = own ?? this.pictures?.nearest(step);
    this.hasOther ||= own === undefined && shown !== undefined;
    return shown;
  }

  /** One sentence about what the steps show; undefined for a run without a picture. */
  get note(): string | undefined {
    const { steps, decoded } = this;
    if (steps === 0) return undefined;
    if (decoded === steps) return l10n.t('Each step shows the picture that the model decodes at that step.');
    if (!this.hasOther)
      return l10n.t(
        'Steps whose picture the model could not decode show the colours of their tokens instead.',
      );
    return decoded > 1
      ? l10n.t(
          '{0} of {1} pictures are as the model decodes them at their step. The others show cells of a later picture.',
          decoded,
          steps,
        )
      : l10n.t(
          'The steps show the decided cells of the finished picture, because the model could not decode each step.',
        );
  }

  private async decodedAt(step: number): Promise<PictureFrame | undefined> {
    if (!this.canAsk || this.clock.now() - this.begunAt > TIME_LIMIT_MS) return undefined;
    const picture = await this.pictures?.decoded(step);
    // Who could not draw this step will hardly draw the next one.
    this.canAsk = picture !== undefined;
    return picture;
  }
}
