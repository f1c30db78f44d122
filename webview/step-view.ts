import { UNDECIDED } from '../sidecar/protocol';
import {
  cellCount,
  cellsDecidedBy,
  cellsOfStep,
  isDecidedBy,
  lastStep,
  msUpTo,
  runState,
  stepOfCell,
  stepsDone,
} from './trace';
import type { Trace } from './trace';

/** All that is shown of a run at one step. Nothing else decides what is on screen. */
export interface StepView {
  readonly step: number;
  /** End of the slider. */
  readonly lastStep: number;
  readonly stepsDone: number;
  /** Raster positions that this step decided. */
  readonly highlighted: Uint32Array;
  readonly decidedCells: number;
  readonly cells: number;
  /** Steps of the whole run as planned, for the comparison with raster order. */
  readonly plannedSteps: number;
  readonly rasterSteps: number;
  /** Of the steps raster order would take, how many per cent this run needs not; a whole number. */
  readonly savedPercent: number;
  /** Time of this step in ms; undefined at step 0. */
  readonly stepMs: number | undefined;
  /** Time of all steps done so far in ms. */
  readonly runMs: number;
  /** The step in one sentence or two, for reading aloud. */
  readonly sentence: string;
}

/** `step` is brought into 0..stepsDone. */
export function stepView(trace: Trace, step: number): StepView {
  const done = stepsDone(trace);
  const shown = Math.min(Math.max(step, 0), done);
  const highlighted = cellsOfStep(trace, shown);
  const decidedCells = cellsDecidedBy(trace, shown);
  const plannedSteps = runState(trace) === 'complete' ? lastStep(trace) : trace.run.totalSteps;
  return {
    step: shown,
    lastStep: lastStep(trace),
    stepsDone: done,
    highlighted,
    decidedCells,
    cells: cellCount(trace),
    plannedSteps,
    rasterSteps: trace.run.rasterSteps,
    savedPercent: savedPercent(plannedSteps, trace.run.rasterSteps),
    stepMs: shown > 0 ? trace.snapshot.stepMs[shown - 1] : undefined,
    runMs: msUpTo(trace, done),
    sentence: stepSentence(trace, shown),
  };
}

/** 100 * (1 - steps / rasterSteps), rounded; 0 where there is nothing to compare. */
export function savedPercent(steps: number, rasterSteps: number): number {
  return rasterSteps > 0 ? Math.round(100 * (1 - steps / rasterSteps)) : 0;
}

/** "Step 12 of 76: 3 tokens decided, rows 1 to 3. 24 of 256 cells done." Rows count from 1. */
export function stepSentence(trace: Trace, step: number): string {
  const place = `Step ${step} of ${lastStep(trace)}`;
  if (step === 0) return `${place}: nothing is decided yet.`;
  const positions = cellsOfStep(trace, step);
  const done = `${cellsDecidedBy(trace, step)} of ${cellCount(trace)} cells done.`;
  if (positions.length === 0) return `${place}: no token decided. ${done}`;
  const tokens = positions.length === 1 ? '1 token' : `${positions.length} tokens`;
  return `${place}: ${tokens} decided, ${rowsInWords(positions, trace.snapshot.width)}. ${done}`;
}

function rowsInWords(positions: Uint32Array, width: number): string {
  const first = Math.floor((positions[0] ?? 0) / width) + 1;
  const last = Math.floor((positions.at(-1) ?? 0) / width) + 1;
  return first === last ? `row ${first}` : `rows ${first} to ${last}`;
}

/** One cell, as known at a step. Rows and columns count from 1. */
export interface CellView {
  readonly position: number;
  readonly row: number;
  readonly column: number;
  /** The step that decides the cell; undefined while nobody knows. May lie after the step shown. */
  readonly decidedIn: number | undefined;
  /** What was decided; undefined while the cell is undecided at the step shown. */
  readonly decision: CellDecision | undefined;
}

interface CellDecision {
  readonly token: number;
  readonly probability: number;
  /** In nats. */
  readonly entropy: number;
}

export function cellView(trace: Trace, step: number, position: number): CellView {
  const { width, tokens, probability, entropy } = trace.snapshot;
  const decidedIn = stepOfCell(trace, position);
  return {
    position,
    row: Math.floor(position / width) + 1,
    column: (position % width) + 1,
    decidedIn: decidedIn === UNDECIDED ? undefined : decidedIn,
    decision: isDecidedBy(trace, position, step)
      ? {
          token: tokens[position] ?? UNDECIDED,
          probability: probability[position] ?? 0,
          entropy: entropy[position] ?? 0,
        }
      : undefined,
  };
}

/** A cell in a sentence, for reading aloud. */
export function cellSentence(cell: CellView): string {
  const place = `Row ${cell.row}, column ${cell.column}`;
  if (!cell.decision) return `${place}: not decided yet.`;
  const { token, probability, entropy } = cell.decision;
  return `${place}: token ${token}, decided in step ${cell.decidedIn ?? 0}, probability ${probability.toFixed(3)}, entropy ${entropy.toFixed(2)} nats.`;
}
