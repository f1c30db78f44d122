import { cssColour } from '../canvas/colour-ramp';
import { FrameCanvas } from '../canvas/frame-canvas';
import type { GridGeometry } from '../canvas/grid-geometry';
import { setAttributes } from '../element';
import type { Palette } from '../theme';

/** Length of a full bar in CSS pixels. style.css holds the same number. */
const LENGTH = 28;

/** Bars beside the map of differences: the share of same tokens in each row, or in each column. */
export class AgreementCanvas extends FrameCanvas {
  private palette: Palette | undefined;
  private geometry: GridGeometry | undefined;
  private shares: readonly number[] = [];

  constructor(private readonly by: 'row' | 'column') {
    super(`agreement by-${by}`);
    setAttributes(this.element, { role: 'img' });
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.invalidate();
  }

  setGeometry(geometry: GridGeometry): void {
    this.geometry = geometry;
    const length = Math.round(LENGTH * devicePixelRatio);
    if (this.by === 'row') this.resize(length, geometry.height);
    else this.resize(geometry.width, length);
    this.invalidate();
  }

  /** @param shares of the whole runs, 0..1, one for each row or column */
  show(shares: readonly number[]): void {
    if (shares === this.shares) return;
    this.shares = shares;
    const texts = shares.map((share, i) => `${this.by} ${i + 1} ${Math.floor(100 * share)} %`);
    setAttributes(this.element, { 'aria-label': `Share of same tokens: ${texts.join(', ')}` });
    this.invalidate();
  }

  protected draw(): void {
    const { context, palette, geometry, shares } = this;
    if (!palette || !geometry) return;
    const { width, height } = this.element;
    const { cell, gap } = geometry;
    const length = this.by === 'row' ? width : height;
    const bar = Math.max(cell - gap, 1);
    context.clearRect(0, 0, width, height);
    context.fillStyle = cssColour(palette.foreground);
    for (const [i, share] of shares.entries()) {
      const long = Math.max(Math.round(share * length), 1);
      context.globalAlpha = 0.6;
      if (this.by === 'row') context.fillRect(0, i * cell, long, bar);
      else context.fillRect(i * cell, 0, bar, long);
    }
    context.globalAlpha = 1;
  }
}
