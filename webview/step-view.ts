import * as l10n from './l10n';
import { savedPercent, UNDECIDED, type JudgedEvent } from '../sidecar/protocol';
import { draftOfCell, draftSentence, draftsAt, draftText, type CellDraft, type DraftView } from './drafts';
import { judgementSentence, judgementsText, timesText } from './judgements';
import { trackLabel, withUnit } from './track-text';
import {
  cellCount,
  cellsDecidedBy,
  cellsJudgedAgain,
  cellsOfStep,
  isDecidedBy,
  isLastStepKnown,
  judgementsOfCell,
  judgementsOfStep,
  lastStep,
  msUpTo,
  runState,
  stepOfCell,
  stepsDone,
  type Trace,
} from './trace';

/** All that is shown of a run at one step. Nothing else decides what is on screen. */
export interface StepView {
  readonly step: number;
  /** The end of the slider. */
  readonly lastStep: number;
  /** Whether `lastStep` is final. While rows may still wait, it can grow. */
  readonly isLastStepKnown: boolean;
  /** `lastStep` in words: "76", or "at least 96". */
  readonly lastStepText: string;
  readonly stepsDone: number;
  /** Raster positions that this step decided. */
  readonly highlighted: Uint32Array;
  /** Raster positions of the row starts for which more than one candidate has been judged so far. */
  readonly judgedAgain: readonly number[];
  /** Undefined for a run without drafts. */
  readonly drafts: DraftView | undefined;
  readonly decidedCells: number;
  readonly cells: number;
  readonly rasterSteps: number;
  /** Percentage of raster order's steps that this run saves, a whole number; undefined for a run that ended before its last step. */
  readonly savedPercent: number | undefined;
  /** Whether the run may still save less than `savedPercent`. */
  readonly savedAtMost: boolean;
  /** Time of this step in ms; undefined at step 0. */
  readonly stepMs: number | undefined;
  /** Time of all steps done so far in ms. */
  readonly runMs: number;
  /** A description of the step in one or two sentences, for reading aloud. */
  readonly sentence: string;
}

/** The view of a run at a step. `step` is limited to 0..stepsDone. */
export function stepView(trace: Trace, step: number): StepView {
  const done = stepsDone(trace);
  const shown = Math.min(Math.max(step, 0), done);
  const highlighted = cellsOfStep(trace, shown);
  const decidedCells = cellsDecidedBy(trace, shown);
  const { leastSteps } = trace.snapshot;
  const { rasterSteps, mostSteps } = trace.run;
  return {
    step: shown,
    lastStep: lastStep(trace),
    isLastStepKnown: isLastStepKnown(trace),
    lastStepText: lastStepText(trace),
    stepsDone: done,
    highlighted,
    judgedAgain: cellsJudgedAgain(trace, shown),
    drafts: draftsAt(trace, shown),
    decidedCells,
    cells: cellCount(trace),
    rasterSteps,
    savedPercent: wasStopped(trace) ? undefined : savedPercent(leastSteps, rasterSteps),
    savedAtMost: leastSteps < mostSteps && runState(trace) !== 'complete',
    stepMs: shown > 0 ? trace.snapshot.stepMs[shown - 1] : undefined,
    runMs: msUpTo(trace, done),
    sentence: stepSentence(trace, shown),
  };
}

function wasStopped(trace: Trace): boolean {
  const state = runState(trace);
  return state === 'cancelled' || state === 'failed';
}

function lastStepText(trace: Trace): string {
  return isLastStepKnown(trace) ? String(lastStep(trace)) : l10n.t('at least {0}', lastStep(trace));
}

/**
 * A step in one or two sentences: "Step 12 of 76: 3 tokens decided, rows 1 to 3. 24 of 256 cells done." Rows count from 1. A
 * judged candidate comes before the cells: "Row 5 start: candidate rejected (0.12 → 0.03), waits." So do drafts: "7 drafts
 * tried, 4 confirmed."
 */
export function stepSentence(trace: Trace, step: number): string {
  const place = l10n.t('Step {0} of {1}', step, lastStepText(trace));
  if (step === 0) return l10n.t('{0}: nothing is decided yet.', place);
  const positions = cellsOfStep(trace, step);
  const done = l10n.t('{0} of {1} cells done.', cellsDecidedBy(trace, step), cellCount(trace));
  if (positions.length === 0) return `${l10n.t('{0}: no token decided.', place)} ${done}`;
  const rows = rowsInWords(positions, trace.snapshot.width);
  const decided =
    positions.length === 1
      ? l10n.t('{0}: 1 token decided, {1}.', place, rows)
      : l10n.t('{0}: {1} tokens decided, {2}.', place, positions.length, rows);
  const judged = judgementsOfStep(trace, step).map((judgement) => judgedInStep(trace, judgement));
  const drafts = draftsAt(trace, step);
  const drafted = drafts ? draftSentence(drafts) : '';
  return [decided, ...judged, drafted, done].filter((part) => part !== '').join(' ');
}

function judgedInStep(trace: Trace, judgement: JudgedEvent): string {
  const { position, step } = judgement;
  const row = Math.floor(position / trace.snapshot.width) + 1;
  return judgementSentence(judgement, row, stepOfCell(trace, position) === step);
}

function rowsInWords(positions: Uint32Array, width: number): string {
  const first = Math.floor((positions[0] ?? 0) / width) + 1;
  const last = Math.floor((positions.at(-1) ?? 0) / width) + 1;
  return first === last ? l10n.t('row {0}', first) : l10n.t('rows {0} to {1}', first, last);
}

/** One cell as it is known at a step. Rows and columns count from 1. */
export interface CellView {
  readonly position: number;
  readonly row: number;
  readonly column: number;
  /** The step that decides the cell; undefined while this is unknown. It may be later than the step shown. */
  readonly decidedIn: number | undefined;
  /** What was decided; undefined if the cell is undecided at the step shown. */
  readonly decision: CellDecision | undefined;
  /** Candidates judged up to the step shown. Empty if the cell is no row start, or if rows do not wait. */
  readonly judgements: readonly JudgedEvent[];
  /** The cell's draft at the step shown; undefined if it had none. */
  readonly draft: CellDraft | undefined;
}

interface CellDecision {
  readonly token: number;
  /** The cell's number on each track of the run, in the order of the tracks. */
  readonly values: readonly CellValue[];
}

/** A cell's number on a track. */
export interface CellValue {
  readonly label: string;
  /** The number as text, with its unit: "1.25 nats". */
  readonly text: string;
}

export function cellView(trace: Trace, step: number, position: number): CellView {
  const { width, tokens, tracks } = trace.snapshot;
  const decidedIn = stepOfCell(trace, position);
  return {
    position,
    row: Math.floor(position / width) + 1,
    column: (position % width) + 1,
    decidedIn: decidedIn === UNDECIDED ? undefined : decidedIn,
    decision: isDecidedBy(trace, position, step)
      ? {
          token: tokens[position] ?? UNDECIDED,
          values: tracks.map((track) => ({
            label: trackLabel(track),
            text: withUnit(l10n.decimal(track.values[position] ?? 0, track.digits), track),
          })),
        }
      : undefined,
    judgements: judgementsOfCell(trace, position, step),
    draft: draftOfCell(trace, step, position),
  };
}

/** A cell in one sentence, for reading aloud. */
export function cellSentence(cell: CellView): string {
  const place = l10n.t('Row {0}, column {1}', cell.row, cell.column);
  const judged =
    cell.judgements.length > 0
      ? ` ${l10n.t('Judged {0}: {1}.', timesText(cell.judgements.length), judgementsText(cell.judgements))}`
      : '';
  const drafted = cell.draft ? ` ${l10n.t('Draft {0}.', draftText(cell.draft))}` : '';
  if (!cell.decision) return `${l10n.t('{0}: not decided yet.', place)}${judged}${drafted}`;
  const { token, values } = cell.decision;
  const numbers = values.map(({ label, text }) => `, ${l10n.inSentence(label)} ${text}`).join('');
  return `${l10n.t('{0}: token {1}, decided in step {2}{3}.', place, token, cell.decidedIn ?? 0, numbers)}${judged}${drafted}`;
}
