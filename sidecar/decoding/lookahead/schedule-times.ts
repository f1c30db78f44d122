import { median } from '../median';

/** The two ways to make a picture of the same tokens. */
export type Way = 'lookahead' | 'plain';

/** The number of times that are kept for each way, the newest ones. */
const KEPT = 5;
/** After this number of pictures in the quicker way, the other way is measured again. */
const TRIED_AGAIN_AFTER = 16;
/** The share of the time that a lookahead must save. With less, pictures are made without it. */
const LEAST_GAIN = 0.02;
/** If a lookahead saves more than this share by its own estimate, no picture is made without it only to compare. */
const CLEAR_GAIN = 0.25;

/**
 * What is known of a lookahead for one model and one schedule. It has the share of drafts that are confirmed, the time that
 * steps save, and the times of whole pictures. A small model loses time even by the work around its steps, and only whole
 * pictures show that.
 */
export class ScheduleTimes {
  /** The share of drafts that were confirmed in the newest picture; undefined before the first one. */
  confirmedShare: number | undefined;

  private spentMs = 0;
  private lostMs = 0;
  private readonly pictures: Record<Way, readonly number[]> = { lookahead: [], plain: [] };
  /** The number of pictures since the slower way was tried. */
  private sinceOther = 0;

  /**
   * Adds a step to the sums of `lostShare`.
   * @param ms the time of the step
   * @param plainMs the time of the plain decoder for the same progress
   */
  account(ms: number, plainMs: number): void {
    this.spentMs += ms;
    this.lostMs += ms - plainMs;
  }

  /** The share of the time that steps with a lookahead lost. It is below 0 if they saved time. */
  get lostShare(): number {
    return this.spentMs === 0 ? 0 : this.lostMs / this.spentMs;
  }

  /** The way in which the next picture is made. */
  choose(): Way {
    const { lookahead, plain } = this.pictures;
    if (lookahead.length === 0) return 'lookahead';
    if (plain.length === 0) return -this.lostShare > CLEAR_GAIN ? 'lookahead' : 'plain';
    const isQuicker = median(lookahead) < (1 - LEAST_GAIN) * median(plain);
    return isQuicker === this.sinceOther < TRIED_AGAIN_AFTER ? 'lookahead' : 'plain';
  }

  /** Records the time of a whole picture. */
  record(way: Way, ms: number): void {
    const isTrial = this.pictures[way].length === 0 || this.sinceOther >= TRIED_AGAIN_AFTER;
    this.sinceOther = isTrial ? 0 : this.sinceOther + 1;
    this.pictures[way] = [...this.pictures[way].slice(1 - KEPT), ms];
  }
}
