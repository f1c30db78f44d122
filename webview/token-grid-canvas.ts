import type { ColourMode } from './cell-colours';
import { CellImage } from './cell-image';
import { markCursor, markJudgedAgain, markStep } from './cell-marks';
import { cssColour } from './colour-ramp';
import { FrameCanvas } from './frame-canvas';
import { cellAt } from './grid-geometry';
import type { GridGeometry } from './grid-geometry';
import { hatching } from './hatching';
import type { StepView } from './step-view';
import { setAttributes } from './element';
import type { Palette } from './theme';
import type { Trace } from './trace';

/** The token grid: decided cells in colour, undecided ones hatched, those of the step shown outlined, row starts that waited marked. */
export class TokenGridCanvas extends FrameCanvas {
  private readonly cells = new CellImage();
  private palette: Palette | undefined;
  private hatch: CanvasPattern | string = '';
  private geometry: GridGeometry | undefined;
  private shown: { readonly trace: Trace; readonly view: StepView; readonly mode: ColourMode } | undefined;
  private cursor: number | undefined;

  constructor() {
    super('token-grid');
    setAttributes(this.element, {
      id: 'token-grid',
      tabindex: 0,
      role: 'application',
      'aria-roledescription': 'token grid',
    });
  }

  setPalette(palette: Palette): void {
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

  /** The data attributes say for tests what the pixels show. */
  show(trace: Trace, view: StepView, mode: ColourMode): void {
    this.shown = { trace, view, mode };
    const { dataset } = this.element;
    dataset.runId = String(trace.run.runId);
    dataset.step = String(view.step);
    dataset.totalSteps = String(view.lastStep);
    dataset.stepsDone = String(view.stepsDone);
    dataset.highlighted = view.highlighted.join(',');
    dataset.judgedAgain = view.judgedAgain.join(',');
    setAttributes(this.element, {
      'aria-label': `Token grid, ${trace.snapshot.height} rows, ${trace.snapshot.width} columns. Arrow keys move from cell to cell, Enter goes to the step that decided the cell.`,
    });
    this.invalidate();
  }

  setCursor(position: number | undefined): void {
    if (position === this.cursor) return;
    this.cursor = position;
    this.invalidate();
  }

  /** The cell under a pointer event. */
  cellUnder(event: MouseEvent): number | undefined {
    return this.geometry && cellUnder(this.geometry, event);
  }

  protected draw(): void {
    const { context, geometry, palette, shown } = this;
    if (!geometry || !palette || !shown) return;
    const { trace, view, mode } = shown;
    context.fillStyle = this.hatch;
    context.fillRect(0, 0, geometry.width, geometry.height);
    this.cells.paint(trace, view.step, mode, palette.ramp);
    this.cells.drawOn(context, geometry);
    drawGaps(context, geometry, palette);
    markJudgedAgain(context, geometry, view.judgedAgain, palette);
    markStep(context, geometry, view.highlighted, palette);
    if (this.cursor !== undefined) markCursor(context, geometry, this.cursor, palette);
  }
}

/** The cell of a grid canvas under a pointer event. */
export function cellUnder(geometry: GridGeometry, event: MouseEvent): number | undefined {
  return cellAt(geometry, event.offsetX * devicePixelRatio, event.offsetY * devicePixelRatio);
}

function drawGaps(context: CanvasRenderingContext2D, geometry: GridGeometry, palette: Palette): void {
  const { cell, gap, width, height, rows, columns } = geometry;
  if (gap === 0) return;
  context.fillStyle = cssColour(palette.background);
  for (let row = 1; row <= rows; row++) context.fillRect(0, row * cell - gap, width, gap);
  for (let column = 1; column <= columns; column++) context.fillRect(column * cell - gap, 0, gap, height);
}
