import type { StepCount } from '../decoder';
import type { PassCosts } from '../pass-costs';
import { countSteps } from '../zipar/schedule';
import type { BaseScheduleOptions } from './base-schedule';
import { LookaheadFronts, type Reach } from './lookahead-fronts';
import { LookaheadPilot, type ReachChooser } from './lookahead-pilot';

/** The lookahead that chooses itself. */
export const AUTO = 'auto';

/** Cells a row, or `auto`. */
export type Lookahead = number | string;

/**
 * Widths of the grid that a step evaluates at most. Cells far below the first unfinished row are seldom final, but cost as
 * much as all others.
 */
const MOST_WIDTHS = 4;

/** Lookaheads that `auto` chooses from, as far as the row is that long. */
const CHOICES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/**
 * How far the steps of a run look.
 * @param costs of steps on this machine; without them, `auto` looks at no cell ahead
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
    chooser: new LookaheadPilot(costs, (cells) => reachOf(schedule, cells), choices),
  };
}

/**
 * The steps of a run with a lookahead. When every draft is right, a run takes the least. It never takes more than the base
 * schedule.
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

function reachOf({ grid, window }: BaseScheduleOptions, cellsARow: number): Reach {
  const rows = Math.ceil(grid.width / window);
  return { cellsARow, cells: Math.max(MOST_WIDTHS * grid.width, rows * cellsARow) };
}
