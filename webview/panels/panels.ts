import { CellInspector } from './cell-inspector';
import { Figures } from './figures';
import type { GridPanel, Panel, RunActions } from './panel';
import { PicturePanel } from './picture-panel';
import { TokenPanel } from './token-panel';
import type { ViewOptions } from '../view-options';

/** A function that makes a panel of a run's area. */
type MakePanel<P extends Panel> = (options: ViewOptions, actions: RunActions) => P;

/** The panels with a square for each cell, from left to right. To add a panel, add a file and a line here. */
export const GRID_PANELS: readonly MakePanel<GridPanel>[] = [
  (options, actions) => new PicturePanel(options, actions),
  (options, actions) => new TokenPanel(options, actions),
];

/** The other panels, beside the grid panels, from top to bottom. To add a panel, add a file and a line here. */
export const SIDE_PANELS: readonly MakePanel<Panel>[] = [
  () => new Figures(),
  (options, actions) => new CellInspector(options, actions),
];
