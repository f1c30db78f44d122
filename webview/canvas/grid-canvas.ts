import type { CellSight } from '../../sidecar/trace-file/cell-sight';
import { WHOLE_GRID, type GridZoom, type SharePoint } from '../grid-zoom';
import type { Palette } from '../theme';
import { markCursor } from './cell-marks';
import { cssColour } from './colour-ramp';
import { FrameCanvas } from './frame-canvas';
import { cellAt, zoomedGeometry, type GridGeometry } from './grid-geometry';
import { hatching } from './hatching';
import { markSight } from './sight-marks';

/** The means with which a grid canvas draws. */
export interface GridPen {
  readonly context: CanvasRenderingContext2D;
  readonly geometry: GridGeometry;
  readonly palette: Palette;
  /** Fill for cells that are not decided yet. */
  readonly hatch: CanvasPattern | string;
}

/** The minimap's side as a share of the canvas, and its distance from the edges in CSS pixels. */
const MAP_SHARE = 0.24;
const MAP_INSET = 6;

/**
 * A canvas with one square for each cell of the token grid. It handles size, colours, zoom, the cell under the pointer, and the cursor.
 * It shows what a cell saw, and a minimap while only a part of the grid is on the canvas.
 */
export abstract class GridCanvas extends FrameCanvas {
  private palette: Palette | undefined;
  private whole: GridGeometry | undefined;
  private zoom: GridZoom = WHOLE_GRID;
  private hatch: CanvasPattern | string = '';
  private cursor: number | undefined;
  private sight: CellSight | undefined;

  setPalette(palette: Palette): void {
    if (palette === this.palette) return;
    this.palette = palette;
    this.hatch = hatching(palette);
    this.invalidate();
  }

  /** Sets the size: the geometry of the whole grid. */
  setGeometry(geometry: GridGeometry): void {
    this.whole = geometry;
    this.resize(geometry.width, geometry.height);
    this.hatch = this.palette ? hatching(this.palette) : '';
    this.invalidate();
  }

  setZoom(zoom: GridZoom): void {
    if (zoom === this.zoom) return;
    this.zoom = zoom;
    this.element.dataset.zoom = String(zoom.factor);
    this.invalidate();
  }

  /** Outlines a cell; undefined outlines none. @param sight what the cell saw, to be shown */
  setCursor(position: number | undefined, sight: CellSight | undefined): void {
    if (position === this.cursor && sight === this.sight) return;
    this.cursor = position;
    this.sight = sight;
    this.element.dataset.seen = sight ? String(sight.seen.length) : '';
    this.invalidate();
  }

  /** The cell under a pointer event. */
  cellUnder(event: MouseEvent): number | undefined {
    return (
      this.geometry &&
      cellAt(this.geometry, event.offsetX * devicePixelRatio, event.offsetY * devicePixelRatio)
    );
  }

  /** The point of the grid that a pointer event means on the minimap; undefined beside the minimap. */
  mapPoint(event: MouseEvent): SharePoint | undefined {
    const map = this.map();
    if (!map) return undefined;
    const x = (event.offsetX * devicePixelRatio - map.x) / map.width;
    const y = (event.offsetY * devicePixelRatio - map.y) / map.height;
    return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : undefined;
  }

  private get geometry(): GridGeometry | undefined {
    return this.whole && zoomedGeometry(this.whole, this.zoom);
  }

  protected draw(): void {
    const { context, geometry, palette, hatch, whole } = this;
    if (!geometry || !palette || !whole) return;
    this.drawCells({ context, geometry, palette, hatch });
    const { cursor, sight } = this;
    if (cursor !== undefined && sight) markSight(context, geometry, { of: cursor, sight, palette });
    if (cursor !== undefined) markCursor(context, geometry, cursor, palette);
    this.drawMap(context, whole, palette);
  }

  /** Draws everything but the cursor. */
  protected abstract drawCells(pen: GridPen): void;

  /** Draws the whole grid in small, without marks. */
  protected abstract drawSmall(context: CanvasRenderingContext2D, geometry: GridGeometry): void;

  /** The minimap's place in device pixels; undefined while the whole grid is shown. */
  private map(): { x: number; y: number; width: number; height: number } | undefined {
    if (!this.whole || this.zoom.factor === 1) return undefined;
    const width = Math.round(this.whole.width * MAP_SHARE);
    const height = Math.round(this.whole.height * MAP_SHARE);
    const inset = Math.round(MAP_INSET * devicePixelRatio);
    return { x: this.whole.width - width - inset, y: this.whole.height - height - inset, width, height };
  }

  private drawMap(context: CanvasRenderingContext2D, whole: GridGeometry, palette: Palette): void {
    const map = this.map();
    if (!map) return;
    const { factor, x, y } = this.zoom;
    const line = Math.max(1, Math.round(devicePixelRatio));
    context.fillStyle = cssColour(palette.background);
    context.fillRect(map.x - 2 * line, map.y - 2 * line, map.width + 4 * line, map.height + 4 * line);
    const cell = map.width / whole.columns;
    this.drawSmall(context, { ...whole, cell, gap: 0, left: map.x, top: map.y });
    const frame = [
      map.x + x * map.width,
      map.y + y * map.height,
      map.width / factor,
      map.height / factor,
    ] as const;
    for (const [colour, width] of [
      [palette.background, 4 * line],
      [palette.highlight, 2 * line],
    ] as const) {
      context.strokeStyle = cssColour(colour);
      context.lineWidth = width;
      context.strokeRect(...frame);
    }
    context.strokeStyle = cssColour(palette.foreground, 0.6);
    context.lineWidth = line;
    context.strokeRect(map.x - 1.5 * line, map.y - 1.5 * line, map.width + 3 * line, map.height + 3 * line);
  }
}
