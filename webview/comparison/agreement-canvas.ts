import { cssColour } from '../canvas/colour-ramp';
import { FrameCanvas } from '../canvas/frame-canvas';
import { columnEdge, rowEdge, zoomedGeometry, type GridGeometry } from '../canvas/grid-geometry';
import { setAttributes } from '../element';
import { WHOLE_GRID, type GridZoom } from '../grid-zoom';
import * as l10n from '../l10n';
import type { Palette } from '../theme';

/** Length of a full bar in CSS pixels. style.css holds the same number. */
const LENGTH = 28;

/** Bars beside the map of differences: the share of same tokens in each row, or in each column. */
export class AgreementCanvas extends FrameCanvas {
  private palette: Palette | undefined;
  private whole: GridGeometry | undefined;
  private zoom: GridZoom = WHOLE_GRID;
  private shares: readonly number[] = [];

  constructor(private readonly by: 'row' | 'column') {
    super(`agreement-by-${by}`);
    setAttributes(this.element, { role: 'img' });
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.invalidate();
  }

  setGeometry(geometry: GridGeometry): void {
    this.whole = geometry;
    const length = Math.round(LENGTH * devicePixelRatio);
    if (this.by === 'row') this.resize(length, geometry.height);
    else this.resize(geometry.width, length);
    this.invalidate();
  }

  setZoom(zoom: GridZoom): void {
    if (zoom === this.zoom) return;
    this.zoom = zoom;
    this.invalidate();
  }

  /** @param shares of the whole runs, 0..1, one for each row or column */
  show(shares: readonly number[]): void {
    if (shares === this.shares) return;
    this.shares = shares;
    const texts = shares.map((share, i) => {
      const percent = Math.floor(100 * share);
      return this.by === 'row'
        ? l10n.t('row {0} {1} %', i + 1, percent)
        : l10n.t('column {0} {1} %', i + 1, percent);
    });
    setAttributes(this.element, { 'aria-label': l10n.t('Share of same tokens: {0}', texts.join(', ')) });
    this.invalidate();
  }

  protected draw(): void {
    const { context, palette, whole, shares } = this;
    if (!palette || !whole) return;
    const geometry = zoomedGeometry(whole, this.zoom);
    const { width, height } = this.element;
    const { cell, gap } = geometry;
    const length = this.by === 'row' ? width : height;
    const bar = Math.max(cell - gap, 1);
    context.clearRect(0, 0, width, height);
    context.fillStyle = cssColour(palette.foreground);
    for (const [i, share] of shares.entries()) {
      const long = Math.max(Math.round(share * length), 1);
      context.globalAlpha = 0.6;
      if (this.by === 'row') context.fillRect(0, rowEdge(geometry, i), long, bar);
      else context.fillRect(columnEdge(geometry, i), 0, bar, long);
    }
    context.globalAlpha = 1;
  }
}
