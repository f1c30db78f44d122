import type { Palette } from '../theme';
import { markCursor } from './cell-marks';
import { FrameCanvas } from './frame-canvas';
import { cellAt, type GridGeometry } from './grid-geometry';
import { hatching } from './hatching';

/** The means with which a grid canvas draws. */
export interface GridPen {
  readonly context: CanvasRenderingContext2D;
  readonly geometry: GridGeometry;
  readonly palette: Palette;
  /** Fill for cells that are not decided yet. */
  readonly hatch: CanvasPattern | string;
}

/**
 * A canvas with one square for each cell of the token grid. It handles size, colours, the cell under the pointer, and the
 * cursor.
 */
export abstract class GridCanvas extends FrameCanvas {
  private palette: Palette | undefined;
  private geometry: GridGeometry | undefined;
  private hatch: CanvasPattern | string = '';
  private cursor: number | undefined;

  setPalette(palette: Palette): void {
    if (palette === this.palette) return;
    this.palette = palette;
    this.hatch = hatching(palette);
    this.invalidate();
  }

  setGeometry(geometry: GridGeometry): void {
    this.geometry = geometry;
    this.resize(geometry.width, geometry.height);
    this.hatch = this.palette ? hatching(this.palette) : '';
    this.invalidate();
  }

  /** Outlines a cell; undefined outlines none. */
  setCursor(position: number | undefined): void {
    if (position === this.cursor) return;
    this.cursor = position;
    this.invalidate();
  }

  /** The cell under a pointer event. */
  cellUnder(event: MouseEvent): number | undefined {
    return (
      this.geometry &&
      cellAt(this.geometry, event.offsetX * devicePixelRatio, event.offsetY * devicePixelRatio)
    );
  }

  protected draw(): void {
    const { context, geometry, palette, hatch } = this;
    if (!geometry || !palette) return;
    this.drawCells({ context, geometry, palette, hatch });
    if (this.cursor !== undefined) markCursor(context, geometry, this.cursor, palette);
  }

  /** Draws everything but the cursor. */
  protected abstract drawCells(pen: GridPen): void;
}
