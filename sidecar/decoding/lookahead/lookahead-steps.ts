import type { StepCount } from '../decoder';
import type { PassCosts } from '../pass-costs';
import { countSteps } from '../zipar/schedule';
import { scheduleKey, type BaseScheduleOptions } from './base-schedule';
import { LookaheadFronts, type Reach } from './lookahead-fronts';
import { LookaheadPilot, type ReachChooser } from './lookahead-pilot';

/** The value of the setting `lookahead` that lets the program choose the lookahead of each step. */
export const AUTO = 'auto';

/** The value of the setting `lookahead`: the number of cells of each row that a step evaluates, or `auto`. */
export type Lookahead = number | string;

/**
 * A step evaluates at most as many cells as 4 rows have, unless ZipAR's rows need more (`reachOf`). Cells far below the first
 * unfinished row are seldom decided, but they cost as much time as all others.
 */
const MOST_WIDTHS = 4;

/** The lookaheads from which `auto` chooses. Those that are longer than a row are left out. */
const CHOICES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/**
 * The number of cells that the steps of a run evaluate, and the chooser if it is `auto`.
 * @param costs measured times of steps on this machine; without them, `auto` means no lookahead
 */
export function lookaheadReach(
  schedule: BaseScheduleOptions,
  lookahead: Lookahead,
  costs?: PassCosts,
): { readonly reach: Reach; readonly chooser?: ReachChooser } {
  if (lookahead !== AUTO) return { reach: reachOf(schedule, Number(lookahead)) };
  const choices = costs ? CHOICES.filter((cells) => cells <= schedule.grid.width) : [1];
  const farthest = reachOf(schedule, choices.at(-1) ?? 1);
  if (!costs) return { reach: farthest };
  return {
    reach: farthest,
    chooser: new LookaheadPilot(
      costs,
      costs.ofSchedule(scheduleKey(schedule)),
      (cells) => reachOf(schedule, cells),
      choices,
    ),
  };
}

/**
 * The number of steps of a run with a lookahead. If all drafts are right, the run takes `least` steps. `most` is the number of
 * steps of the plain decoder.
 */
export function countLookaheadSteps(schedule: BaseScheduleOptions, lookahead: Lookahead): StepCount {
  const { width, height } = schedule.grid;
  const cellsARow = lookahead === AUTO ? width : Number(lookahead);
  const reach = reachOf(schedule, cellsARow);
  const { most } = countSteps({ ...schedule, rowStart: 'fixed' });
  return {
    least: new LookaheadFronts(schedule).leastStepsLeft(reach),
    most,
    mostTokens: Math.min(reach.cells, height * cellsARow),
  };
}

/** The reach for a lookahead. The rows that ZipAR decodes at the same time can all have the lookahead. */
function reachOf({ grid, window }: BaseScheduleOptions, cellsARow: number): Reach {
  const rows = Math.ceil(grid.width / window);
  return { cellsARow, cells: Math.max(MOST_WIDTHS * grid.width, rows * cellsARow) };
}
