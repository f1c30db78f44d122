import type { PictureFrame, RunDescription, WebviewCommand } from '../../sidecar/protocol';
import type { GridCanvas } from '../canvas/grid-canvas';
import type { GridActions } from '../grid-pointer';
import type { KeyAction } from '../keyboard';
import type { PlaySpeed, StepRange } from '../player';
import type { CellSight } from '../../sidecar/trace-file/cell-sight';
import type { GridZoom } from '../grid-zoom';
import type { Alternatives } from '../insights';
import type { Connection, ShownRun } from '../shown-run';
import type { CellView, StepView } from '../step-view';
import type { Palette } from '../theme';
import type { ViewOptions } from '../view-options';

/** All that a panel shows: one run at one step. Nothing else decides what is on the page. */
export interface RunView {
  readonly run: ShownRun;
  readonly connection: Connection;
  /** A run that began while the user looked at this one. */
  readonly newerRun: RunDescription | undefined;
  readonly step: StepView;
  /** The step at which the slider stands. `step` is another one while the pointer rests on the timeline. */
  readonly playhead: number;
  /** The steps that are played again and again. */
  readonly range: StepRange | undefined;
  /** The picture of the step, or of a step near it; undefined if there is none. */
  readonly picture: PictureFrame | undefined;
  /** Raster position of the cell under the pointer or the keyboard's cursor. */
  readonly cursor: number | undefined;
  readonly cell: CellView | undefined;
  /** What the cell saw when it was decided; undefined unless it is wanted and known. */
  readonly sight: CellSight | undefined;
  /** The likeliest tokens of the cell; undefined unless they are wanted. */
  readonly alternatives: Alternatives | undefined;
  /** The part of the grid that is shown. */
  readonly zoom: GridZoom;
  readonly options: ViewOptions;
  readonly isPlaying: boolean;
  /** Whether the run is over and went by too fast to watch. */
  readonly canReplay: boolean;
  /** Whether newer steps than the one shown keep arriving. */
  readonly canFollow: boolean;
}

/** Requests that a panel sends when the user acts. */
export interface RunActions extends GridActions {
  command(command: WebviewCommand): void;
  showNewerRun(): void;
  setOptions(change: Partial<ViewOptions>): void;
  setSpeed(speed: PlaySpeed): void;
  act(action: KeyAction): void;
  goTo(step: number): void;
  /** Puts the picture of the step into the clipboard. */
  copyPicture(): void;
  /** Shows another step for as long as the pointer rests on it; undefined shows the step of the slider again. */
  peek(step: number | undefined): void;
  setRange(range: StepRange): void;
  /** Plays the whole run from the start, at a speed at which it can be watched. */
  replay(): void;
  follow(): void;
}

/** A part of a run's area. It shows one aspect of the run. */
export interface Panel {
  readonly element: HTMLElement;
  show(view: RunView): void;
  setPalette?(palette: Palette): void;
}

/**
 * A panel with one square for each cell of the token grid. All grid panels of an area have the same size and the same cursor.
 */
export interface GridPanel extends Panel {
  readonly canvas: GridCanvas;
  /** Whether the panel has something to show for the run. */
  suits(run: RunDescription): boolean;
}
