import type { StepCount } from '../decoder';
import { countSteps } from '../zipar/schedule';
import type { BaseScheduleOptions } from './base-schedule';
import { LookaheadFronts, type Reach } from './lookahead-fronts';

/**
 * Cells that a pass evaluates at most, whatever the lookahead. Cells far below the first unfinished row are seldom final,
 * but cost as much as all others.
 */
const MOST_CELLS = 160;

/** How far a pass looks with a lookahead. @param lookahead cells a row */
export function reachOf({ grid, window }: BaseScheduleOptions, lookahead: number): Reach {
  const rows = Math.ceil(grid.width / window);
  return { cellsARow: lookahead, cells: Math.max(MOST_CELLS, rows * lookahead) };
}

/**
 * The passes of a run with a lookahead: at least as many as when every draft is right, and at most those of the base
 * schedule.
 */
export function countLookaheadSteps(schedule: BaseScheduleOptions, lookahead: number): StepCount {
  const reach = reachOf(schedule, lookahead);
  const { most } = countSteps({ ...schedule, rowStart: 'fixed' });
  return {
    least: new LookaheadFronts(schedule).leastPassesLeft(reach),
    most,
    mostTokens: Math.min(reach.cells, schedule.grid.height * lookahead),
  };
}
