import { cssColour, rampColour } from './colour-ramp';
import { trackOf } from './cell-colours';
import { context2d, FrameCanvas } from './frame-canvas';
import { setAttributes } from '../element';
import type { StepView } from '../step-view';
import type { Palette } from '../theme';
import { timelineOf, type Timeline, type TimelineTrack } from '../timeline';
import type { Trace } from '../trace';
import type { StepRange } from '../player';

/** Half of the slider's thumb, so the strip's steps lie exactly over the slider's. style.css holds the same number. */
const INSET = 8;
const HEIGHT = 36;
/** Opacity of the steps after the one shown. */
const LATER_OPACITY = 0.35;

/** All that the strip shows. */
interface ShownSteps {
  readonly trace: Trace;
  readonly view: StepView;
  readonly track: TimelineTrack;
  /** The steps that are played again and again. */
  readonly range: StepRange | undefined;
}

/** What the user does on the strip. */
export interface StripListener {
  /** The user clicks on a step, or drags over it. */
  seek(step: number): void;
  /** The pointer rests on a step; undefined when it has left. */
  hover(step: number | undefined): void;
  /** The user dragged over a range with Shift. */
  select(range: StepRange): void;
}

/** Bars over the slider that show a number of each step. Screen readers skip it, because the slider tells them the same. */
export class StepStripCanvas extends FrameCanvas {
  private readonly bars = document.createElement('canvas');
  private readonly barsContext = context2d(this.bars);
  private drawn: { trace: Trace; palette: Palette; width: number; track: TimelineTrack } | undefined;
  private timeline: Timeline = { heights: new Float32Array(), top: '' };
  private palette: Palette | undefined;
  private width = 0;
  private shown: ShownSteps | undefined;

  constructor() {
    super('step-strip');
    setAttributes(this.element, { 'aria-hidden': 'true' });
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.invalidate();
  }

  /** Sets the width on the page in CSS pixels. */
  setWidth(width: number): void {
    this.width = width;
    this.resize(Math.floor(width * devicePixelRatio), Math.round(HEIGHT * devicePixelRatio));
    this.invalidate();
  }

  show(shown: ShownSteps): void {
    this.shown = shown;
    this.invalidate();
  }

  /** Value of the highest bar, with its unit. */
  topOf(trace: Trace, track: TimelineTrack): string {
    return this.timelineOf(trace, track).top;
  }

  listen(listener: StripListener): void {
    let from: number | undefined;
    this.element.addEventListener('pointerdown', (event) => {
      from = event.shiftKey ? this.stepUnder(event) : undefined;
      this.element.setPointerCapture(event.pointerId);
      if (from === undefined) listener.seek(this.stepUnder(event));
    });
    this.element.addEventListener('pointermove', (event) => {
      const step = this.stepUnder(event);
      if (event.buttons !== 1) listener.hover(step);
      else if (from === undefined) listener.seek(step);
      else if (step !== from) listener.select({ from: Math.min(from, step), to: Math.max(from, step) });
    });
    this.element.addEventListener('pointerleave', () => {
      listener.hover(undefined);
    });
  }

  private stepUnder(event: MouseEvent): number {
    const last = this.shown?.view.lastStep ?? 0;
    const share = (event.offsetX - INSET) / Math.max(this.width - 2 * INSET, 1);
    return Math.round(Math.min(Math.max(share, 0), 1) * last);
  }

  protected draw(): void {
    const { context, palette, shown, bars } = this;
    if (!palette || !shown) return;
    const { width, height } = this.element;
    const { trace, view, track, range } = shown;
    this.drawBars(trace, view, palette, track);
    context.clearRect(0, 0, width, height);
    context.globalAlpha = LATER_OPACITY;
    context.drawImage(bars, 0, 0);
    context.globalAlpha = 1;
    const [left, right] = this.extentOf(view.step, view.lastStep);
    if (left > 0) this.drawStep(view, palette, left, right);
    if (range) this.drawRange(range, view.lastStep, palette);
  }

  /** Draws the steps so far in full colour, and the step shown in the colour of the highlight. */
  private drawStep(view: StepView, palette: Palette, left: number, right: number): void {
    const { context, bars } = this;
    const { height } = this.element;
    context.clearRect(0, 0, left, height);
    context.drawImage(bars, 0, 0, left, height, 0, 0, left, height);
    if (view.step === 0) return;
    const barHeight = this.barHeight(view.step);
    context.clearRect(left, 0, right - left, height);
    context.fillStyle = cssColour(palette.highlight);
    context.fillRect(left, height - barHeight, right - left, barHeight);
  }

  /** Marks the ends of the range that is played again and again. */
  private drawRange({ from, to }: StepRange, lastStep: number, palette: Palette): void {
    const { context } = this;
    const { height } = this.element;
    const line = Math.max(2, Math.round(2 * devicePixelRatio));
    const [left] = this.extentOf(from, lastStep);
    const [, right] = this.extentOf(to, lastStep);
    context.fillStyle = cssColour(palette.cursor, 0.16);
    context.fillRect(left, 0, right - left, height);
    context.fillStyle = cssColour(palette.cursor);
    context.fillRect(left, 0, line, height);
    context.fillRect(right - line, 0, line, height);
  }

  private timelineOf(trace: Trace, track: TimelineTrack): Timeline {
    if (this.drawn?.trace !== trace || this.drawn.track !== track) {
      this.drawn = undefined;
      this.timeline = timelineOf(trace, track);
    }
    return this.timeline;
  }

  /** Draws all bars in full colour. They are drawn again only if the bars change, because most redraws only change the step. */
  private drawBars(trace: Trace, view: StepView, palette: Palette, track: TimelineTrack): void {
    const { width, height } = this.element;
    this.timelineOf(trace, track);
    const { drawn } = this;
    if (drawn?.palette === palette && drawn.width === width) return;
    this.drawn = { trace, palette, width, track };
    this.bars.width = width;
    this.bars.height = height;
    const isQuantity = trackOf(trace, track) !== undefined;
    let last = -1;
    for (let step = 1; step <= view.stepsDone; step++) {
      const [left, right] = this.extentOf(step, view.lastStep);
      // If a pixel covers several steps, only one of them is drawn.
      if (left === last) continue;
      last = left;
      const barHeight = this.barHeight(step);
      const share = view.lastStep > 1 ? (step - 1) / (view.lastStep - 1) : 0;
      const colour = isQuantity
        ? rampColour(palette.ramps.quantity, this.timeline.heights[step - 1] ?? 0)
        : rampColour(palette.ramps.step, share);
      this.barsContext.fillStyle = cssColour(colour);
      this.barsContext.fillRect(left, height - barHeight, right - left, barHeight);
    }
  }

  /** Left and right edge of a step's bar in device pixels. */
  private extentOf(step: number, lastStep: number): readonly [left: number, right: number] {
    const inset = INSET * devicePixelRatio;
    const pitch = (this.element.width - 2 * inset) / Math.max(lastStep, 1);
    const gap = pitch >= 4 * devicePixelRatio ? Math.round(devicePixelRatio) : 0;
    const left = Math.max(Math.round(inset + (step - 0.5) * pitch), 0);
    return [left, Math.max(Math.round(inset + (step + 0.5) * pitch) - gap, left + 1)];
  }

  private barHeight(step: number): number {
    const share = this.timeline.heights[step - 1] ?? 0;
    return share > 0 ? Math.max(Math.round(share * this.element.height), 1) : 0;
  }
}
