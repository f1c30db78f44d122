import type { PictureFrame, RunDescription, WebviewCommand } from '../../sidecar/protocol';
import type { GridCanvas } from '../canvas/grid-canvas';
import type { KeyAction } from '../keyboard';
import type { PlaySpeed } from '../player';
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
  /** The picture of the step, or of a step near it; undefined if there is none. */
  readonly picture: PictureFrame | undefined;
  /** Raster position of the cell under the pointer or the keyboard's cursor. */
  readonly cursor: number | undefined;
  readonly cell: CellView | undefined;
  readonly options: ViewOptions;
  readonly isPlaying: boolean;
  /** Whether newer steps than the one shown keep arriving. */
  readonly canFollow: boolean;
}

/** Requests that a panel sends when the user acts. */
export interface RunActions {
  command(command: WebviewCommand): void;
  showNewerRun(): void;
  setOptions(change: Partial<ViewOptions>): void;
  setSpeed(speed: PlaySpeed): void;
  act(action: KeyAction): void;
  goTo(step: number): void;
  follow(): void;
  /** The pointer is over a cell; undefined when the pointer left. */
  point(position: number | undefined): void;
  /** The user chose a cell. */
  choose(position: number): void;
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
