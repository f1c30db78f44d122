import { CellInspector } from './cell-inspector';
import { Figures } from './figures';
import type { GridPanel, Panel, RunActions } from './panel';
import { PicturePanel } from './picture-panel';
import { TokenPanel } from './token-panel';
import type { ViewOptions } from '../view-options';

/** Makes a panel of a run's area. */
type MakePanel<P extends Panel> = (options: ViewOptions, actions: RunActions) => P;

/** The panels of cells, from left to right. A new one is a file and a line here. */
export const GRID_PANELS: readonly MakePanel<GridPanel>[] = [
  (options, actions) => new PicturePanel(options, actions),
  (options, actions) => new TokenPanel(options, actions),
];

/** The panels beside them, from top to bottom. A new one is a file and a line here. */
export const SIDE_PANELS: readonly MakePanel<Panel>[] = [() => new Figures(), () => new CellInspector()];
