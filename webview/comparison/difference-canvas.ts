import { context2d } from '../canvas/frame-canvas';
import { markFirst } from './first-mark';
import { cssColour, rampIndex } from '../canvas/colour-ramp';
import { GridCanvas, type GridPen } from '../canvas/grid-canvas';
import { drawGaps } from '../canvas/grid-gaps';
import { cellOrigin, columnEdge, rowEdge, type GridGeometry } from '../canvas/grid-geometry';
import { setAttributes } from '../element';
import * as l10n from '../l10n';
import type { Palette } from '../theme';
import type { DifferenceMap } from './difference-mode';

/** Cell size in device pixels from which a cell has room for the sign of its number. */
const SIGN_FROM = 12;
/** Share of the scale from which a sign is drawn: smaller differences are hardly there. */
const SIGN_ABOVE = 0.1;

/**
 * The map of differences. Cells that are not compared yet are hatched. The first cell where the runs part has a double frame.
 * In high contrast, signed numbers carry their sign.
 */
export class DifferenceCanvas extends GridCanvas {
  private readonly image = document.createElement('canvas');
  private readonly imageContext = context2d(this.image);
  private shown: { readonly map: DifferenceMap; readonly first: number | undefined } | undefined;

  constructor() {
    super('difference-map');
    setAttributes(this.element, {
      tabindex: 0,
      role: 'application',
      'aria-roledescription': l10n.t('map of differences'),
      'aria-label': l10n.t(
        'Map of differences. Arrow keys move from cell to cell, Enter goes to the step of run A that decided the cell.',
      ),
    });
  }

  /** @param first raster position where the runs part; undefined if neither has come to it. Data attributes are for tests. */
  show(map: DifferenceMap, first: number | undefined): void {
    this.shown = { map, first };
    this.element.dataset.first = first === undefined ? '' : String(first);
    this.invalidate();
  }

  protected drawCells({ context, geometry, palette, hatch }: GridPen): void {
    if (!this.shown) return;
    const { map, first } = this.shown;
    const { rows, columns, cell, width, height } = geometry;
    context.fillStyle = hatch;
    context.fillRect(0, 0, width, height);
    if (this.image.width !== columns) this.image.width = columns;
    if (this.image.height !== rows) this.image.height = rows;
    if (map.values.length !== rows * columns) return;
    this.imageContext.putImageData(new ImageData(colours(map, palette), columns, rows), 0, 0);
    this.drawSmall(context, geometry);
    drawGaps(context, geometry, palette);
    if (map.isSigned && palette.highContrast && cell >= SIGN_FROM)
      this.drawSigns(map, { context, geometry, palette });
    if (first !== undefined) markFirst(context, geometry, first, palette);
  }

  protected drawSmall(context: CanvasRenderingContext2D, geometry: GridGeometry): void {
    const [x, y] = [columnEdge(geometry, 0), rowEdge(geometry, 0)];
    const width = columnEdge(geometry, geometry.columns) - x;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.image, x, y, width, rowEdge(geometry, geometry.rows) - y);
  }

  private drawSigns(map: DifferenceMap, { context, geometry, palette }: Omit<GridPen, 'hatch'>): void {
    const { cell, gap } = geometry;
    const arm = (cell - gap) * 0.25;
    const path = new Path2D();
    for (const [position, value] of map.values.entries()) {
      if (Number.isNaN(value) || Math.abs(value) < SIGN_ABOVE * map.most) continue;
      const [x, y] = cellOrigin(geometry, position);
      const middle = (cell - gap) / 2;
      path.moveTo(x + middle - arm, y + middle);
      path.lineTo(x + middle + arm, y + middle);
      if (value < 0) continue;
      path.moveTo(x + middle, y + middle - arm);
      path.lineTo(x + middle, y + middle + arm);
    }
    context.strokeStyle = cssColour(palette.foreground);
    context.lineWidth = Math.max(1, cell / 10);
    context.stroke(path);
  }
}

/** RGBA of each cell, [rows, columns, 4]. Cells that are not compared are transparent. */
function colours(
  { values, most, isSigned }: DifferenceMap,
  { twoSidedRamp }: Palette,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(4 * values.length);
  for (const [position, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    // Numbers without a sign use the upper half: from the quiet middle to the far end.
    const share = 0.5 + value / most / 2;
    const from = 4 * rampIndex(twoSidedRamp, isSigned ? share : Math.max(share, 0.5));
    rgba.set(twoSidedRamp.rgba.subarray(from, from + 4), 4 * position);
  }
  return rgba;
}
