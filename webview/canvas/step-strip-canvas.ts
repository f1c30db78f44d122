import { cssColour, rampColour } from './colour-ramp';
import { context2d, FrameCanvas } from './frame-canvas';
import { setAttributes } from '../element';
import type { StepView } from '../step-view';
import type { Palette } from '../theme';
import { cellsOfStep, type Trace } from '../trace';

/** Half of the slider's thumb, so the strip's steps lie exactly over the slider's. style.css holds the same number. */
const INSET = 8;
const HEIGHT = 36;
/** Opacity of the steps after the one shown. */
const LATER_OPACITY = 0.35;

/** Bars over the slider that show the tokens of each step. Screen readers skip it, because the slider tells them the same. */
export class StepStripCanvas extends FrameCanvas {
  private readonly bars = document.createElement('canvas');
  private readonly barsContext = context2d(this.bars);
  private drawn: { readonly trace: Trace; readonly palette: Palette; readonly width: number } | undefined;
  private palette: Palette | undefined;
  private width = 0;
  private shown: { readonly trace: Trace; readonly view: StepView } | undefined;

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

  show(trace: Trace, view: StepView): void {
    this.shown = { trace, view };
    this.invalidate();
  }

  /** Calls `seek` with the step that the user clicks or drags over. */
  onSeek(seek: (step: number) => void): void {
    const onPointer = (event: PointerEvent): void => {
      if (event.buttons === 1) seek(this.stepUnder(event));
    };
    this.element.addEventListener('pointerdown', onPointer);
    this.element.addEventListener('pointermove', onPointer);
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
    const { trace, view } = shown;
    this.drawBars(trace, view, palette);
    context.clearRect(0, 0, width, height);
    context.globalAlpha = LATER_OPACITY;
    context.drawImage(bars, 0, 0);
    context.globalAlpha = 1;
    const [left, right] = this.extentOf(view.step, view.lastStep);
    if (left === 0) return;
    context.clearRect(0, 0, left, height);
    context.drawImage(bars, 0, 0, left, height, 0, 0, left, height);
    if (view.step === 0) return;
    context.fillStyle = cssColour(palette.highlight);
    context.fillRect(left, 0, right - left, height);
    // The clip has the height of this bar, so it hides what lies above.
    const barHeight = this.barHeight(trace, view.step);
    context.clearRect(left, 0, right - left, height - barHeight);
  }

  /** Draws all bars in full colour. They are drawn again only if the bars change, because most redraws only change the step. */
  private drawBars(trace: Trace, view: StepView, palette: Palette): void {
    const { width, height } = this.element;
    const drawn = this.drawn;
    if (drawn?.trace === trace && drawn.palette === palette && drawn.width === width) return;
    this.drawn = { trace, palette, width };
    this.bars.width = width;
    this.bars.height = height;
    let last = -1;
    for (let step = 1; step <= view.stepsDone; step++) {
      const [left, right] = this.extentOf(step, view.lastStep);
      // If a pixel covers several steps, only one of them is drawn.
      if (left === last) continue;
      last = left;
      const barHeight = this.barHeight(trace, step);
      const share = view.lastStep > 1 ? (step - 1) / (view.lastStep - 1) : 0;
      this.barsContext.fillStyle = cssColour(rampColour(palette.ramp, share));
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

  private barHeight(trace: Trace, step: number): number {
    const count = cellsOfStep(trace, step).length;
    const scale = this.element.height / Math.max(trace.run.decoder.mostTokens, count, 1);
    return count > 0 ? Math.max(Math.round(count * scale), 1) : 0;
  }
}
