import { UNDECIDED, type Snapshot } from '../protocol';
import type { RunRecord } from '../trace-file/run-record';
import { ComparisonError } from './comparison-error';
import { sentence, type Sentence } from '../protocol/sentence';

/** Where two runs of one grid differ, cell by cell. */
export interface RunDifference {
  /** Rows, columns. */
  readonly grid: readonly [number, number];
  /** Number of cells that both runs decided. Only these are compared. */
  readonly compared: number;
  /** Raster indices of the cells with different tokens, rising. */
  readonly differing: readonly number[];
  /** Share of the compared cells with the same token, 0..1; 1 when no cell is compared. */
  readonly agreement: number;
  /** The same share for each row, and for each column. */
  readonly agreementByRow: readonly number[];
  readonly agreementByColumn: readonly number[];
  /** The first differing cell in raster order; undefined when no cell differs. */
  readonly first: Divergence | undefined;
  /** Mean logarithm of the drawn tokens' probabilities in nats, for each run; undefined where it was not recorded. */
  readonly meanLogProbability: readonly [number | undefined, number | undefined];
}

/** A cell with different tokens, and what each run could see there. */
export interface Divergence {
  /** Raster index. */
  readonly position: number;
  /** From 0. */
  readonly row: number;
  readonly column: number;
  readonly sides: readonly [DivergentSide, DivergentSide];
  /** Number of cells after it, in raster order, that differ too. */
  readonly following: number;
}

/** A run at a divergence. */
export interface DivergentSide {
  /** Codebook index. */
  readonly token: number;
  /** 1-based step that decided it. */
  readonly step: number;
  /** Probability of the drawn token, 0..1; undefined where it was not recorded. */
  readonly probability: number | undefined;
  /** Cells of the row above that the step could not see, because no earlier step had decided them. */
  readonly unseenAbove: number;
  /** Cells of the row above: the grid's width, or 0 in the first row. */
  readonly above: number;
}

/**
 * Compares two runs.
 * @throws ComparisonError when their grids differ, or their models have different weights
 */
export function compareRuns(a: RunRecord, b: RunRecord): RunDifference {
  checkComparable(a, b);
  const [height, width] = a.run.grid;
  const sides = [a.snapshot, b.snapshot] as const;
  const compared = cells(height * width).filter((position) =>
    sides.every(({ stepOf }) => (stepOf[position] ?? UNDECIDED) !== UNDECIDED),
  );
  const differing = compared.filter((position) => sides[0].tokens[position] !== sides[1].tokens[position]);
  const agreementIn = (groups: number, groupOf: (position: number) => number): readonly number[] => {
    const all = tally(compared.map(groupOf), groups);
    const wrong = tally(differing.map(groupOf), groups);
    return Array.from(all, (count, group) => agreementOf(count, wrong[group] ?? 0));
  };
  const [first] = differing;
  return {
    grid: [height, width],
    compared: compared.length,
    differing,
    agreement: agreementOf(compared.length, differing.length),
    agreementByRow: agreementIn(height, (position) => Math.floor(position / width)),
    agreementByColumn: agreementIn(width, (position) => position % width),
    first:
      first === undefined
        ? undefined
        : {
            position: first,
            row: Math.floor(first / width),
            column: first % width,
            sides: [sideOf(a.snapshot, first), sideOf(b.snapshot, first)],
            following: differing.length - 1,
          },
    meanLogProbability: [meanLogProbability(a.snapshot), meanLogProbability(b.snapshot)],
  };
}

/** The sentence that says where two runs part, and what each could not see. Rows and columns count from 1. */
export function describeDivergence(
  { row, column, sides, following }: Divergence,
  names: readonly [string, string],
): Sentence {
  const [one, other] = [describeSide(names[0], sides[0]), describeSide(names[1], sides[1])];
  return sentence`The runs part at row ${row + 1}, column ${column + 1}: ${one}; ${other}. ${describeRest(following)}`;
}

function describeSide(name: string, { token, step, unseenAbove, above }: DivergentSide): Sentence {
  return unseenAbove === 0
    ? sentence`${name} drew ${token} in step ${step} and saw every token above`
    : sentence`${name} drew ${token} in step ${step} and could not see ${unseenAbove} of the ${above} tokens above`;
}

/** @param following number of differing cells after the first one */
function describeRest(following: number): Sentence {
  if (following === 0) return sentence`No later cell differs.`;
  return following === 1 ? sentence`1 cell differs after it.` : sentence`${following} cells differ after it.`;
}

/** Share of the compared cells that do not differ, 0..1; 1 when no cell is compared. */
function agreementOf(compared: number, differing: number): number {
  return compared === 0 ? 1 : 1 - differing / compared;
}

/** How often each of the numbers 0..groups-1 occurs. */
function tally(numbers: readonly number[], groups: number): Uint32Array {
  const counts = new Uint32Array(groups);
  for (const number of numbers) counts[number] = (counts[number] ?? 0) + 1;
  return counts;
}

function checkComparable(a: RunRecord, b: RunRecord): void {
  const [height, width] = a.run.grid;
  if (a.run.grid.some((side, i) => side !== b.run.grid[i])) {
    throw new ComparisonError(
      sentence`The first run has a grid of ${height}x${width} tokens, and the second one of ${b.run.grid.join('x')}. Only runs of one grid can be compared.`,
    );
  }
  const [first, second] = [a.origin.weights, b.origin.weights];
  const isOtherModel =
    first !== null && second !== null ? first !== second : a.run.settings.model !== b.run.settings.model;
  if (isOtherModel) {
    throw new ComparisonError(
      sentence`The runs are of two models, ${a.run.settings.model} and ${b.run.settings.model}, or of other weights. Their tokens mean different things, so compare runs of one model.`,
    );
  }
}

function sideOf({ tokens, stepOf, width, tracks }: Snapshot, position: number): DivergentSide {
  const step = stepOf[position] ?? UNDECIDED;
  const aboveFrom = (Math.floor(position / width) - 1) * width;
  const above = aboveFrom < 0 ? [] : Array.from(stepOf.subarray(aboveFrom, aboveFrom + width));
  return {
    token: tokens[position] ?? UNDECIDED,
    step,
    probability: tracks.find(({ name }) => name === 'probability')?.values[position],
    unseenAbove: above.filter((decidedIn) => decidedIn === UNDECIDED || decidedIn >= step).length,
    above: above.length,
  };
}

function meanLogProbability({ stepOf, tracks }: Snapshot): number | undefined {
  const values = tracks.find(({ name }) => name === 'probability')?.values;
  if (!values) return undefined;
  const logs = Array.from(values)
    .filter((value, position) => stepOf[position] !== UNDECIDED && value > 0)
    .map(Math.log);
  return logs.length === 0 ? undefined : logs.reduce((sum, value) => sum + value, 0) / logs.length;
}

function cells(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
