import * as l10n from '../l10n';
import { setAttributes } from '../element';
import type { StepView } from '../step-view';
import type { Trace } from '../trace';
import type { ColourMode } from './cell-colours';
import { CellImage } from './cell-image';
import { markJudgedAgain, markStep } from './cell-marks';
import { markDrafts } from './draft-marks';
import { GridCanvas, type GridPen } from './grid-canvas';
import { drawGaps } from './grid-gaps';
import type { GridGeometry } from './grid-geometry';
import { writeTokens } from './token-numbers';

/**
 * The token grid: decided cells in colour, undecided cells hatched. It outlines the cells of the step shown. It marks row
 * starts that waited, drafts and what became of them, and the front of each row of a run with drafts.
 */
export class TokenGridCanvas extends GridCanvas {
  private readonly cells = new CellImage();
  private shown: { readonly trace: Trace; readonly view: StepView; readonly mode: ColourMode } | undefined;

  constructor() {
    super('token-grid');
    setAttributes(this.element, {
      tabindex: 0,
      role: 'application',
      'aria-roledescription': l10n.t('token grid'),
    });
  }

  /** The data attributes tell tests what the pixels show. */
  show(trace: Trace, view: StepView, mode: ColourMode): void {
    this.shown = { trace, view, mode };
    const { dataset } = this.element;
    dataset.runId = String(trace.run.runId);
    dataset.step = String(view.step);
    dataset.totalSteps = String(view.lastStep);
    dataset.stepsDone = String(view.stepsDone);
    dataset.highlighted = view.highlighted.join(',');
    dataset.judgedAgain = view.judgedAgain.join(',');
    dataset.drafts = view.drafts?.open.join(',') ?? '';
    dataset.confirmed = view.drafts?.confirmed.join(',') ?? '';
    dataset.corrected = view.drafts?.corrected.join(',') ?? '';
    dataset.fronts = view.drafts?.fronts.join(',') ?? '';
    setAttributes(this.element, {
      'aria-label': l10n.t(
        'Token grid, {0} rows, {1} columns. Arrow keys move from cell to cell, Enter goes to the step that decided the cell.',
        trace.snapshot.height,
        trace.snapshot.width,
      ),
    });
    this.invalidate();
  }

  protected drawCells({ context, geometry, palette, hatch }: GridPen): void {
    if (!this.shown) return;
    const { trace, view, mode } = this.shown;
    context.fillStyle = hatch;
    context.fillRect(0, 0, geometry.width, geometry.height);
    this.cells.paint(trace, view.step, mode, palette.ramps);
    this.cells.drawOn(context, geometry);
    drawGaps(context, geometry, palette);
    writeTokens(context, geometry, { trace, step: view.step, colours: this.cells.colours });
    markJudgedAgain(context, geometry, view.judgedAgain, palette);
    markStep(context, geometry, view.highlighted, palette);
    if (view.drafts) markDrafts(context, geometry, view.drafts, palette);
  }

  protected drawSmall(context: CanvasRenderingContext2D, geometry: GridGeometry): void {
    this.cells.drawOn(context, geometry);
  }
}
