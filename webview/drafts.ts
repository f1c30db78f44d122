import * as l10n from './l10n';
import { UNDECIDED, type StepEvent } from '../sidecar/protocol';
import { isDecidedBy, stepOfCell, type Trace } from './trace';

type DraftEvent = Exclude<StepEvent, { readonly kind: 'judged' }>;

/** What is known of drafts at a step. Positions are in raster order. */
export interface DraftView {
  /** Cells with a draft that is neither confirmed nor corrected yet. */
  readonly open: readonly number[];
  /** Decided cells whose draft was right. */
  readonly confirmed: readonly number[];
  /** Decided cells whose draft was wrong. */
  readonly corrected: readonly number[];
  /** The first undecided cell of each row that has begun. */
  readonly fronts: readonly number[];
  /** Drafts that this step checked. */
  readonly tried: number;
  /** Those of them that it confirmed. */
  readonly confirmedNow: number;
  /** The steps in which a decoder without drafts makes the same picture; undefined if it makes another picture. */
  readonly plainSteps: number | undefined;
}

/** What became of one cell's drafts. */
export interface CellDraft {
  /** The draft that counts at the step: the newest one, or the one that the decision settled. */
  readonly token: number;
  readonly state: 'open' | 'confirmed' | 'corrected';
  /** Drafts that the cell had so far, at least 1. */
  readonly count: number;
}

/** Whether the run can have drafts. */
export function hasDrafts({ run }: Trace): boolean {
  return run.decoder.events.includes('drafted');
}

/** The drafts of a run at a step; undefined for a run without drafts. */
export function draftsAt(trace: Trace, step: number): DraftView | undefined {
  if (!hasDrafts(trace)) return undefined;
  const newest = new Map<number, DraftEvent>();
  for (const event of draftEvents(trace, step)) newest.set(event.position, event);
  const drafted = [...newest.keys()].sort(ascending);
  const inState = (state: CellDraft['state']): number[] =>
    drafted.filter((position) => stateOf(trace, newest.get(position)) === state);
  const confirmed = inState('confirmed');
  return {
    open: inState('open'),
    confirmed,
    corrected: inState('corrected'),
    fronts: frontsAt(trace, step),
    tried: drafted.filter((position) => !isDecidedBy(trace, position, step - 1)).length,
    confirmedNow: confirmed.filter((position) => stepOfCell(trace, position) === step).length,
    plainSteps: trace.run.decoder.plainSteps,
  };
}

/** The drafts of a cell up to and including a step; undefined if it had none. */
export function draftOfCell(trace: Trace, step: number, position: number): CellDraft | undefined {
  const events = [...draftEvents(trace, step)].filter((event) => event.position === position);
  const newest = events.at(-1);
  if (!newest) return undefined;
  const state = stateOf(trace, newest);
  // Each event before the outcome tells of another draft.
  return {
    token: state === 'corrected' && newest.kind === 'corrected' ? newest.draft : newest.token,
    state,
    count: state === 'open' ? events.length : events.length - 1,
  };
}

/** @param newest the newest event of a cell: the outcome, if the step of the event also decided the cell */
function stateOf(trace: Trace, newest: DraftEvent | undefined): CellDraft['state'] {
  if (!newest || newest.kind === 'drafted') return 'open';
  return stepOfCell(trace, newest.position) === newest.step ? newest.kind : 'open';
}

/** What a step did with its drafts: "7 drafts tried, 4 confirmed."; empty when it tried none. */
export function draftSentence({ tried, confirmedNow }: DraftView): string {
  if (tried === 0) return '';
  return tried === 1
    ? l10n.t('1 draft tried, {0} confirmed.', confirmedNow)
    : l10n.t('{0} drafts tried, {1} confirmed.', tried, confirmedNow);
}

/** A cell's drafts in words, after its place: "draft 512, open", "draft 512, confirmed", "draft 512, corrected". */
export function draftText({ token, state, count }: CellDraft): string {
  const named = { open: l10n.t('open'), confirmed: l10n.t('confirmed'), corrected: l10n.t('corrected') }[state];
  return count > 1 ? l10n.t('{0}, the last of {1}, {2}', token, count, named) : `${token}, ${named}`;
}

/** The events of drafts up to and including a step. Events are in the order of steps. */
function* draftEvents({ snapshot }: Trace, step: number): Generator<DraftEvent, void, void> {
  for (const event of snapshot.events) {
    if (event.step > step) return;
    if (event.kind !== 'judged') yield event;
  }
}

function frontsAt(trace: Trace, step: number): number[] {
  const { height, width } = trace.snapshot;
  return Array.from({ length: height }, (_, row) => {
    let column = 0;
    while (column < width && isDecidedBy(trace, row * width + column, step)) column++;
    return column > 0 && column < width ? row * width + column : UNDECIDED;
  }).filter((front) => front !== UNDECIDED);
}

function ascending(a: number, b: number): number {
  return a - b;
}
